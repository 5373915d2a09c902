package org.quietune.model;

import java.util.Arrays;

/**
 * Cross-entropy of class indices from logits: binary for one output, softmax for K. Stable for
 * logits of any size; a label that is no class index gives NaN for its row and never throws. The
 * same bits everywhere: strict functions only, in a fixed order.
 *
 * @param outputs 1 for two classes, else K
 */
record CrossEntropy(int outputs) implements LossFunction {
  /** The loss of one row. */
  @Override
  public double loss(double[] logits, int row, double label) {
    int at = row * outputs;
    if (!isClass(label)) {
      return Double.NaN;
    }
    if (outputs == 1) {
      double z = logits[at];
      return Math.max(z, 0) - label * z + StrictMath.log1p(StrictMath.exp(-Math.abs(z)));
    }
    return logSumExp(logits, at) - logits[at + (int) label];
  }

  /** Writes weight × the gradient of one row's loss with respect to its logits. */
  @Override
  public void gradient(double[] logits, int row, double label, double weight, double[] out) {
    int at = row * outputs;
    if (!isClass(label)) {
      Arrays.fill(out, at, at + outputs, Double.NaN);
      return;
    }
    if (outputs == 1) {
      out[at] = weight * (sigmoid(logits[at]) - label);
      return;
    }
    double normalizer = logSumExp(logits, at);
    for (int k = 0; k < outputs; k++) {
      out[at + k] =
          weight * (StrictMath.exp(logits[at + k] - normalizer) - (k == (int) label ? 1 : 0));
    }
  }

  boolean isClass(double label) {
    return label >= 0 && label < Math.max(2, outputs) && label == Math.rint(label);
  }

  private double logSumExp(double[] logits, int at) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < outputs; k++) {
      largest = Math.max(largest, logits[at + k]);
    }
    double sum = 0;
    for (int k = 0; k < outputs; k++) {
      sum += StrictMath.exp(logits[at + k] - largest);
    }
    return largest + StrictMath.log(sum);
  }

  /** 1 / (1 + exp(−z)) without overflow. */
  static double sigmoid(double z) {
    double e = StrictMath.exp(-Math.abs(z));
    return z >= 0 ? 1 / (1 + e) : e / (1 + e);
  }
}
