package org.quietune.accounting;

/**
 * A mixture, with a label that both laws draw alike, of the two extreme pairs with losses in [−ε,
 * ε]: randomized response, which has both ends as its only losses, and the bounded-range envelope,
 * whose losses have density proportional to e^(x/2) under P and e^(−x/2) under Q.
 *
 * <p>Pure DP is the first, bounded range the second, and the Laplace mechanism with ε = sensitivity
 * / scale is the mixture with weight (1 + e^−ε)/2 on randomized response. Each pair is its own
 * reversal.
 *
 * <p>Source: P. Kairouz, S. Oh, P. Viswanath, "The composition theorem for differential privacy",
 * ICML 2015 (randomized response dominates); for the envelope and the mixture see docs/theory.md
 * §5.5, where they are proved.
 */
final class BoundedLossPair implements DominatingPair {

  private final double bound;
  private final double logAtoms;
  private final double logDensityWeight;
  private final double logUpperAtom;
  private final double logLowerAtom;

  /**
   * @param bound ε, positive
   * @param logAtoms log of the weight of randomized response
   * @param logDensityWeight log of the weight of the envelope
   */
  private BoundedLossPair(double bound, double logAtoms, double logDensityWeight) {
    this.bound = bound;
    this.logAtoms = logAtoms;
    this.logDensityWeight = logDensityWeight - LogSpace.oneMinusExpOfMinus(bound);
    this.logUpperAtom = -Math.log1p(Math.exp(-bound));
    this.logLowerAtom = logUpperAtom - bound;
  }

  static BoundedLossPair pureDp(double epsilon) {
    return new BoundedLossPair(epsilon, 0, Double.NEGATIVE_INFINITY);
  }

  static BoundedLossPair boundedRange(double epsilon) {
    return new BoundedLossPair(epsilon, Double.NEGATIVE_INFINITY, 0);
  }

  /**
   * @param inverseScale sensitivity over scale
   */
  static BoundedLossPair laplace(double inverseScale) {
    double logHalf = -Math.log(2);
    return new BoundedLossPair(
        inverseScale,
        logHalf + Math.log1p(Math.exp(-inverseScale)),
        logHalf + LogSpace.oneMinusExpOfMinus(inverseScale));
  }

  @Override
  public LogMasses between(double low, double high) {
    double p = Double.NEGATIVE_INFINITY;
    double q = Double.NEGATIVE_INFINITY;
    if (low < bound && bound <= high) {
      p = logAtoms + logUpperAtom;
      q = logAtoms + logLowerAtom;
    }
    if (low < -bound && -bound <= high) {
      p = LogSpace.sum(p, logAtoms + logLowerAtom);
      q = LogSpace.sum(q, logAtoms + logUpperAtom);
    }
    double from = Math.max(low, -bound);
    double to = Math.min(high, bound);
    if (from < to) {
      double logWidth = logDensityWeight + LogSpace.oneMinusExpOfMinus((to - from) / 2);
      p = LogSpace.sum(p, logWidth - (bound - to) / 2);
      q = LogSpace.sum(q, logWidth - (bound + from) / 2);
    }
    return new LogMasses(p, q);
  }

  @Override
  public double placement() {
    return bound;
  }

  @Override
  public boolean isSymmetric() {
    return true;
  }
}
