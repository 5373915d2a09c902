package org.quietune.model;

import java.util.List;

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
      return new Regression(kind == Kind.HUBER ? threshold : Double.POSITIVE_INFINITY);
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
