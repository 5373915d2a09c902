package org.quietune.tuning;

import java.util.Arrays;

/**
 * Lengths of public records' whitened gradients in a model of one logit whatever their labels are:
 * what {@link RecordWeighting#mallows} goes by ({@link PublicGradients#labelFreeLengths}).
 *
 * @param bounds {@link RecordWeighting#labelFreeNorm} of each record
 * @param squares the squared length of each in expectation over its label
 */
@SuppressWarnings("ArrayRecordComponent") // handed over
record LabelFreeLengths(double[] bounds, double[] squares) {

  /** The q-quantile of the bounds, as a clip norm. */
  double quantile(double q) {
    double[] sorted = bounds.clone();
    Arrays.sort(sorted);
    return PublicGradients.quantile(sorted, q);
  }

  /**
   * How much of the records' mean gradient the weights leave: the mean of the weight, by the
   * expected squared length.
   */
  double partLeft(double clipNorm) {
    return weightedSquare(clipNorm, 1) / weightedSquare(clipNorm, 0);
  }

  /**
   * The mean squared length under the weights. Divided by a number of records it is the expected
   * squared error of the mean over as many.
   */
  double weightedSquare(double clipNorm) {
    return weightedSquare(clipNorm, 2);
  }

  private double weightedSquare(double clipNorm, int power) {
    double mean = 0;
    for (int i = 0; i < bounds.length; i++) {
      double term = squares[i] / bounds.length;
      double weight = Math.min(1, clipNorm / bounds[i]);
      for (int j = 0; j < power; j++) {
        term *= weight;
      }
      mean += term;
    }
    return mean;
  }
}
