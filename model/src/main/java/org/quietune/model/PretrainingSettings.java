package org.quietune.model;

import java.util.List;

/**
 * How {@link Pretraining} searches.
 *
 * @param penalties candidate L2 strengths λ of the penalty ½λ‖weights‖² added to the mean loss
 *     (biases are free); the best on the public hold-out is kept
 * @param maxEpochs most passes over the training data per candidate
 * @param patience epochs without a better hold-out loss after which a mini-batch run stops
 * @param seed of the order of records in mini-batches (public: it guards nothing)
 */
public record PretrainingSettings(List<Double> penalties, int maxEpochs, int patience, long seed) {
  public PretrainingSettings {
    penalties = List.copyOf(penalties);
    if (penalties.isEmpty()) {
      throw new IllegalArgumentException("penalties must name at least one strength");
    }
    for (double penalty : penalties) {
      if (!(penalty >= 0) || Double.isInfinite(penalty)) {
        throw new IllegalArgumentException(
            "penalties must be finite and at least 0, held " + penalty);
      }
    }
    if (maxEpochs < 1) {
      throw new IllegalArgumentException("maxEpochs must be at least 1, was " + maxEpochs);
    }
    if (patience < 1) {
      throw new IllegalArgumentException("patience must be at least 1, was " + patience);
    }
  }

  /** Eight strengths from 0.0001 to 0.3, at most 300 epochs, patience 10. */
  public static PretrainingSettings defaults(long seed) {
    return new PretrainingSettings(
        List.of(0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001), 300, 10, seed);
  }
}
