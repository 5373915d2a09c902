package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;

/**
 * A model family that {@code pretrain} can build.
 *
 * @param hidden widths of the hidden layers; empty for logistic regression
 */
public record Architecture(List<Integer> hidden) {

  public Architecture {
    hidden = List.copyOf(hidden);
    for (int width : hidden) {
      if (width < 1 || width > 65536) {
        throw new IllegalArgumentException("a hidden layer must have 1 to 65536 units: " + width);
      }
    }
  }

  /** Logistic (or softmax) regression. */
  public static Architecture logistic() {
    return new Architecture(List.of());
  }

  /**
   * Reads {@code logistic}, or {@code mlp:W1:W2:…}.
   *
   * @throws IllegalArgumentException naming what is expected
   */
  public static Architecture parse(String text) {
    if (text.equals("logistic")) {
      return logistic();
    }
    String[] parts = text.split(":", -1);
    if (!parts[0].equals("mlp") || parts.length < 2) {
      throw new IllegalArgumentException("expected logistic or mlp:64, not '" + text + "'");
    }
    List<Integer> widths = new ArrayList<>();
    for (int i = 1; i < parts.length; i++) {
      try {
        widths.add(Integer.parseInt(parts[i]));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("expected logistic or mlp:64, not '" + text + "'", e);
      }
    }
    return new Architecture(widths);
  }
}
