package org.quietune.accounting;

/**
 * The curve of one dominating pair, δ(x) = P(L &gt; x) − e^x Q(L &gt; x), read off its masses and
 * rounded up.
 */
final class SingleRelease {

  private static final double ROUNDING = 0x1p-47;

  private final DominatingPair pair;

  SingleRelease(DominatingPair pair) {
    this.pair = pair;
  }

  /** log δ(x). */
  double logDelta(double x) {
    double place = x - 0x1p-50 * (x + pair.placement());
    DominatingPair.LogMasses above = pair.between(place, Double.POSITIVE_INFINITY);
    if (above.p() == Double.NEGATIVE_INFINITY) {
      return Double.NEGATIVE_INFINITY;
    }
    double rounding = ROUNDING * (16 + Math.abs(above.p()));
    // The ratio of the second term to the first is at most one and a little smaller in truth.
    double logRatio = Math.min(0, place + above.q() - above.p()) - 2 * rounding;
    return Math.min(0, above.p() + rounding + LogSpace.oneMinusExpOfMinus(-logRatio));
  }

  /** The smallest x ≥ 0 at which δ(x) ≤ e^logDelta. */
  double epsilon(double logDelta) {
    return Bisection.firstThatHolds(x -> logDelta(x) <= logDelta);
  }
}
