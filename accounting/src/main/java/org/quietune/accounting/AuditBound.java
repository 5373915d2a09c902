package org.quietune.accounting;

/**
 * A lower bound on ε from an experiment: how well a test told runs with a planted unit from runs
 * without it.
 *
 * <p>Definition: with TPR and FPR the test's rates, (ε, δ)-DP implies TPR ≤ e^ε FPR + δ and 1 − FPR
 * ≤ e^ε (1 − TPR) + δ. Both rates are bounded by Clopper and Pearson's exact intervals, half of the
 * allowed error each.
 *
 * <p>Guarantee: if the runs are independent and the release is (ε, δ)-DP for the relation of the
 * experiment, the bound exceeds ε with probability at most {@code significance}. It says nothing
 * about how large ε may be.
 *
 * <p>Numerics: rounded down, by 10⁻⁹ of the tail probability.
 *
 * <p>Source: C. Clopper, E. Pearson, Biometrika 26, 1934; M. Jagielski, J. Ullman, A. Oprea,
 * "Auditing differentially private machine learning", NeurIPS 2020, Section 4.
 */
public final class AuditBound {

  private AuditBound() {}

  /**
   * A lower bound on ε, at least 0.
   *
   * @param truePositives runs with the unit that the test found
   * @param positives runs with the unit, positive
   * @param falsePositives runs without the unit that the test took for such
   * @param negatives runs without the unit, positive
   * @param delta from 0 to below 1
   * @param significance probability of a wrong bound, strictly between 0 and 1
   */
  public static double epsilon(
      long truePositives,
      long positives,
      long falsePositives,
      long negatives,
      double delta,
      double significance) {
    requireCounts("truePositives", truePositives, positives);
    requireCounts("falsePositives", falsePositives, negatives);
    if (!(delta >= 0 && delta < 1)) {
      throw new IllegalArgumentException("delta must be in [0, 1), got " + delta);
    }
    Domain.insideUnitInterval("significance", significance);
    double tail = significance / 2 * (1 - 1e-9);
    double missed = largestProbability(positives - truePositives, positives, tail);
    double falsePositiveRate = largestProbability(falsePositives, negatives, tail);
    double byFalsePositives = Math.log((1 - missed - delta) / falsePositiveRate);
    double byMisses = Math.log((1 - falsePositiveRate - delta) / missed);
    // Logarithms of negative numbers are NaN, and no bound.
    return Math.max(byFalsePositives > 0 ? byFalsePositives : 0, byMisses > 0 ? byMisses : 0);
  }

  private static void requireCounts(String name, long count, long of) {
    if (of < 1 || count < 0 || count > of) {
      throw new IllegalArgumentException(
          name + " must be between 0 and the number of runs, got " + count + " of " + of);
    }
  }

  /** The largest p with which at most {@code successes} have probability at least {@code tail}. */
  private static double largestProbability(long successes, long trials, double tail) {
    if (successes == trials) {
      return 1;
    }
    double logTail = Math.log(tail);
    return Bisection.firstThatHolds(p -> p >= 1 || logAtMost(successes, trials, p) <= logTail);
  }

  private static double logAtMost(long successes, long trials, double p) {
    double logSum = Double.NEGATIVE_INFINITY;
    double logBinomial = 0;
    for (long k = 0; k <= successes; k++) {
      double logTerm = logBinomial + (k == 0 ? 0 : k * Math.log(p)) + (trials - k) * Math.log1p(-p);
      logSum = LogSpace.sum(logSum, logTerm);
      logBinomial += Math.log((double) (trials - k) / (k + 1));
    }
    return logSum;
  }
}
