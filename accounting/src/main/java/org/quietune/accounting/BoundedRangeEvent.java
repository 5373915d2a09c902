package org.quietune.accounting;

/**
 * One release whose privacy loss spans a range of at most ε: for any two neighbors there is a t in
 * [0, ε] such that the log of every ratio of probabilities lies in [t − ε, t]. The exponential
 * mechanism with parameter ε is such a release; each is (ε, 0)-DP as well, and composes better than
 * that alone says.
 *
 * <p>Source: D. Durfee, R. Rogers, "Practical differentially private top-k selection with
 * pay-what-you-get composition", NeurIPS 2019, Definition 3.1; J. Dong, D. Durfee, R. Rogers,
 * "Optimal differential privacy composition for exponential mechanisms", ICML 2020.
 *
 * @param epsilon width of the range, under the accountant's neighboring relation; nonnegative and
 *     finite
 */
public record BoundedRangeEvent(double epsilon) implements PrivacyEvent {

  /** Checks the domain. */
  public BoundedRangeEvent {
    Domain.nonnegativeAndFinite("epsilon", epsilon);
  }
}
