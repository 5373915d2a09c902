package org.quietune.model;

import java.util.List;

/**
 * Which tensors of a file are trained. All else is frozen, and what comes before the first trained
 * tensor is computed once per record.
 *
 * <p>A layer is a node with weights, together with the bias added to its output.
 *
 * @param kind the rule
 * @param layers for {@link Kind#LAST}: how many
 * @param names for {@link Kind#NAMED}: the ONNX initializers' names
 */
public record TrainableSelection(Kind kind, int layers, List<String> names) {
  /** The rules. */
  public enum Kind {
    /** Every trainable tensor. */
    ALL,
    /** Those of the last layers. */
    LAST,
    /** Those of the given names. */
    NAMED
  }

  public TrainableSelection {
    names = List.copyOf(names);
    if (kind == Kind.LAST && layers < 1) {
      throw new IllegalArgumentException("last must name at least 1 layer, was " + layers);
    }
    if (kind == Kind.NAMED && names.isEmpty()) {
      throw new IllegalArgumentException("names must hold at least one tensor");
    }
  }

  public static TrainableSelection all() {
    return new TrainableSelection(Kind.ALL, 0, List.of());
  }

  /** The last layer. */
  public static TrainableSelection head() {
    return last(1);
  }

  /** The last so many layers, in the order in which the graph first uses their weights. */
  public static TrainableSelection last(int layers) {
    return new TrainableSelection(Kind.LAST, layers, List.of());
  }

  public static TrainableSelection named(List<String> names) {
    return new TrainableSelection(Kind.NAMED, 0, names);
  }

  /**
   * Reads {@code all}, {@code head}, {@code last:N}, or names separated by commas.
   *
   * @throws IllegalArgumentException when it is none of these
   */
  public static TrainableSelection parse(String text) {
    if (text.equals("all")) {
      return all();
    }
    if (text.equals("head")) {
      return head();
    }
    if (text.startsWith("last:")) {
      try {
        return last(Integer.parseInt(text.substring("last:".length())));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("last:N needs a number of layers, was " + text, e);
      }
    }
    return named(List.of(text.split(",", -1)));
  }
}
