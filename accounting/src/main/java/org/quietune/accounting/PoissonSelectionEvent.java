package org.quietune.accounting;

import java.util.Objects;

/**
 * The best of a Poisson number of independent runs of one private algorithm, by a score that is
 * part of each run's own private output; the number of runs and all other runs stay secret (N.
 * Papernot, T. Steinke, "Hyperparameter tuning with Rényi differential privacy", ICLR 2022). Where
 * the number is zero, something public takes the place of the best.
 *
 * @param run one run, score included
 * @param expectedRuns mean of the number of runs; at least 1, finite
 */
public record PoissonSelectionEvent(PrivacyEvent run, double expectedRuns) implements PrivacyEvent {

  /** Checks the domain. */
  public PoissonSelectionEvent {
    Objects.requireNonNull(run);
    if (!(expectedRuns >= 1) || !(expectedRuns < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "expectedRuns must be at least 1 and finite, got " + expectedRuns);
    }
  }
}
