package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;
import org.quietune.data.ImageShape;
import org.quietune.data.InvalidDataException;
import org.quietune.data.PublicTable;
import org.quietune.model.Activation;
import org.quietune.model.ConvolutionalShape;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;
import org.quietune.model.Preprocessing;

/**
 * A model family that {@code pretrain} can build.
 *
 * @param kind of network
 * @param sizes widths of the hidden layers of a perceptron; filters and hidden units of a
 *     convolutional network; empty for logistic regression
 */
public record Architecture(Kind kind, List<Integer> sizes) {
  private static final int MOST_UNITS = 65536;
  private static final List<Integer> SMALL = List.of(16, 32, 32);
  private static final List<Integer> WIDE = List.of(32, 64, 128);
  private static final String EXPECTED =
      "expected logistic, mlp:64, mlp:128:32, …, cnn, cnn:wide or cnn:32:64:128, not '%s'";

  /** The kinds of network. */
  public enum Kind {
    LOGISTIC,
    PERCEPTRON,
    CONVOLUTIONAL
  }

  public Architecture {
    sizes = List.copyOf(sizes);
    for (int width : sizes) {
      if (width < 1 || width > MOST_UNITS) {
        throw new IllegalArgumentException("a hidden layer must have 1 to 65536 units: " + width);
      }
    }
    boolean fits =
        switch (kind) {
          case LOGISTIC -> sizes.isEmpty();
          case PERCEPTRON -> !sizes.isEmpty();
          case CONVOLUTIONAL -> sizes.size() == SMALL.size();
        };
    if (!fits) {
      throw new IllegalArgumentException("sizes do not fit the kind " + kind + ": " + sizes);
    }
  }

  /** Logistic (or softmax) regression. */
  public static Architecture logistic() {
    return new Architecture(Kind.LOGISTIC, List.of());
  }

  /**
   * Reads {@code logistic}, {@code mlp:W1:W2:…}, {@code cnn}, {@code cnn:wide}, or {@code
   * cnn:F1:F2:H} with the filters of two convolutions and the hidden units.
   *
   * @throws IllegalArgumentException naming what is expected
   */
  public static Architecture parse(String text) {
    String[] parts = text.split(":", -1);
    return switch (parts[0]) {
      case "logistic" -> {
        require(parts.length == 1, text);
        yield logistic();
      }
      case "mlp" -> {
        require(parts.length > 1, text);
        yield new Architecture(Kind.PERCEPTRON, numbers(parts, text));
      }
      case "cnn" -> {
        List<Integer> sizes =
            parts.length == 1 ? SMALL : text.equals("cnn:wide") ? WIDE : numbers(parts, text);
        require(sizes.size() == SMALL.size(), text);
        yield new Architecture(Kind.CONVOLUTIONAL, sizes);
      }
      default -> throw new IllegalArgumentException(EXPECTED.formatted(text));
    };
  }

  private static List<Integer> numbers(String[] parts, String text) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 1; i < parts.length; i++) {
      require(parts[i].matches("[0-9]{1,9}"), text);
      numbers.add(Integer.parseInt(parts[i]));
    }
    return numbers;
  }

  private static void require(boolean condition, String text) {
    if (!condition) {
      throw new IllegalArgumentException(EXPECTED.formatted(text));
    }
  }

  /**
   * The untrained model for a table whose labels are numbers.
   *
   * @throws org.quietune.data.InvalidDataException when this kind cannot predict them
   */
  ModelFile initial(PublicTable table, Preprocessing preprocessing, Loss loss, long seed) {
    return switch (kind) {
      case LOGISTIC -> ModelFile.linear(table.columns(), preprocessing, loss);
      case PERCEPTRON ->
          ModelFile.mlp(table.columns(), preprocessing, loss, sizes, seed, Activation.TANH);
      case CONVOLUTIONAL ->
          throw new InvalidDataException(
              "cnn is for classes of images: numbers are predicted by logistic (a linear model"
                  + " then) or mlp");
    };
  }

  /**
   * The untrained model for a table.
   *
   * @throws org.quietune.data.InvalidDataException when this kind cannot read such data
   */
  ModelFile initial(PublicTable table, Preprocessing preprocessing, int classes, long seed) {
    return switch (kind) {
      case LOGISTIC -> ModelFile.logistic(table.columns(), preprocessing, classes);
      case PERCEPTRON ->
          ModelFile.mlp(table.columns(), preprocessing, classes, sizes, seed, Activation.TANH);
      case CONVOLUTIONAL -> {
        ImageShape shape = table.requireImages();
        yield ModelFile.cnn(
            table.columns(),
            preprocessing,
            new ConvolutionalShape(
                shape.channels(), shape.height(), sizes.get(0), sizes.get(1), sizes.get(2)),
            classes,
            seed);
      }
    };
  }
}
