package org.quietune.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What training minimizes.
 *
 * <p>Cross-entropy of class indices: binary for one output, softmax for K, from the logits. With
 * class weights, a record's loss counts as often as the weight of its class says; the mean is taken
 * over the records, not over the weights. Squared error: ½(z − y)² for one output z and a label y,
 * any number. Huber: the same up to a distance t, and t(|z − y| − t/2) beyond, so that no record's
 * slope exceeds t.
 *
 * @param kind which of these
 * @param classWeights for cross-entropy: one positive number per class, or empty
 * @param threshold for Huber: t, in the label's unit
 */
public record Loss(Kind kind, List<Double> classWeights, double threshold) {
  /** The losses. */
  public enum Kind {
    CROSS_ENTROPY,
    SQUARED_ERROR,
    HUBER
  }

  public Loss {
    classWeights = List.copyOf(classWeights);
    for (double weight : classWeights) {
      if (!(weight > 0) || Double.isInfinite(weight)) {
        throw new IllegalArgumentException(
            "class weights must be positive and finite, held " + weight);
      }
    }
    if (kind != Kind.CROSS_ENTROPY && !classWeights.isEmpty()) {
      throw new IllegalArgumentException("class weights belong to cross-entropy");
    }
    if (kind == Kind.HUBER && (!(threshold > 0) || Double.isInfinite(threshold))) {
      throw new IllegalArgumentException("threshold must be positive and finite, was " + threshold);
    }
  }

  public static Loss crossEntropy() {
    return new Loss(Kind.CROSS_ENTROPY, List.of(), 0);
  }

  /**
   * Cross-entropy with weights.
   *
   * @param classWeights public numbers, one per class: they must not be taken from private records
   */
  public static Loss crossEntropy(List<Double> classWeights) {
    return new Loss(Kind.CROSS_ENTROPY, classWeights, 0);
  }

  public static Loss squaredError() {
    return new Loss(Kind.SQUARED_ERROR, List.of(), 0);
  }

  public static Loss huber(double threshold) {
    return new Loss(Kind.HUBER, List.of(), threshold);
  }

  /**
   * Reads what {@link #text} writes: {@code cross-entropy}, {@code cross-entropy:W0,W1,…} with the
   * weights of the classes, {@code squared} or {@code huber:T}.
   *
   * @throws IllegalArgumentException when it is none of these
   */
  public static Loss parse(String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    List<Double> numbers = colon < 0 ? List.of() : numbers(text.substring(colon + 1), text);
    return switch (name) {
      case "cross-entropy" -> crossEntropy(numbers);
      case "squared" -> {
        requireNumbers(numbers, 0, text);
        yield squaredError();
      }
      case "huber" -> {
        requireNumbers(numbers, 1, text);
        yield huber(numbers.get(0));
      }
      default -> throw unknown(text);
    };
  }

  /** The loss in one word, with its numbers; {@link #parse} reads it back. */
  public String text() {
    return switch (kind) {
      case CROSS_ENTROPY ->
          classWeights.isEmpty()
              ? "cross-entropy"
              : "cross-entropy:"
                  + classWeights.stream().map(String::valueOf).collect(Collectors.joining(","));
      case SQUARED_ERROR -> "squared";
      case HUBER -> "huber:" + threshold;
    };
  }

  /**
   * The loss of one predicted number.
   *
   * @throws IllegalStateException for a loss on classes
   */
  public double ofNumber(double predicted, double label) {
    return regression().loss(new double[] {predicted}, 0, label);
  }

  private Regression regression() {
    if (!isRegression()) {
      throw new IllegalStateException("cross-entropy is no loss on numbers");
    }
    return new Regression(kind == Kind.HUBER ? threshold : Double.POSITIVE_INFINITY);
  }

  /** Whether labels are numbers, not classes. */
  public boolean isRegression() {
    return kind != Kind.CROSS_ENTROPY;
  }

  private static List<Double> numbers(String list, String text) {
    List<Double> numbers = new ArrayList<>();
    for (String number : list.split(",", -1)) {
      try {
        numbers.add(Double.valueOf(number));
      } catch (NumberFormatException e) {
        throw unknown(text);
      }
    }
    return numbers;
  }

  private static void requireNumbers(List<Double> numbers, int count, String text) {
    if (numbers.size() != count) {
      throw unknown(text);
    }
  }

  private static IllegalArgumentException unknown(String text) {
    return new IllegalArgumentException(
        "expected cross-entropy, squared or huber:THRESHOLD, not '" + text + "'");
  }

  /**
   * The loss on a model's outputs.
   *
   * @throws InvalidModelException when they do not fit
   */
  LossFunction on(ModelFile file, int outputs) {
    Graph graph = file.graph();
    if (kind != Kind.CROSS_ENTROPY) {
      if (outputs != 1 || graph.link() != Graph.Link.NONE) {
        throw new InvalidModelException(
            graph.source(), "a squared or Huber loss needs one output, not squashed at the end");
      }
      return regression();
    }
    graph.requireLogits(outputs, file.classes());
    CrossEntropy plain = new CrossEntropy(outputs);
    if (classWeights.isEmpty()) {
      return plain;
    }
    if (classWeights.size() != file.classes()) {
      throw new InvalidModelException(
          graph.source(),
          "has " + file.classes() + " classes, but was given " + classWeights.size() + " weights");
    }
    return new Weighted(plain, classWeights);
  }

  /** Half the square of the distance up to a threshold, its tangent beyond. */
  private record Regression(double threshold) implements LossFunction {
    @Override
    public double loss(double[] outputs, int row, double label) {
      double distance = Math.abs(outputs[row] - label);
      return distance <= threshold
          ? 0.5 * distance * distance
          : threshold * (distance - 0.5 * threshold);
    }

    @Override
    public void gradient(double[] outputs, int row, double label, double weight, double[] out) {
      out[row] = weight * Math.max(-threshold, Math.min(threshold, outputs[row] - label));
    }
  }

  /** Cross-entropy times the weight of the label's class. */
  private record Weighted(CrossEntropy plain, List<Double> weights) implements LossFunction {
    @Override
    public double loss(double[] outputs, int row, double label) {
      return weight(label) * plain.loss(outputs, row, label);
    }

    @Override
    public void gradient(double[] outputs, int row, double label, double weight, double[] out) {
      plain.gradient(outputs, row, label, weight * weight(label), out);
    }

    private double weight(double label) {
      return plain.isClass(label) ? weights.get((int) label) : Double.NaN;
    }
  }
}
