package org.quietune.accounting;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Gaussian differential privacy: its exact curve, inverses and composition.
 *
 * <p>Definition: a mechanism is μ-GDP if telling two neighbors apart from its output is no easier
 * than telling N(0, 1) from N(μ, 1). The normal mechanism with l2 sensitivity Δ and noise of
 * standard deviation σ is Δ/σ-GDP, tightly. A μ-GDP mechanism is (ε, δ)-DP for every ε ≥ 0 with
 *
 * <p>δ(ε) = Φ(μ/2 − ε/μ) − e^ε Φ(−μ/2 − ε/μ).
 *
 * <p>Numerics: all results are rounded in the safe direction: ε, δ, μ of a mechanism and noise
 * multipliers up, the μ that a budget allows down. The curve is enclosed in intervals of adaptive
 * precision until both ends agree to 70 bits, so a result is the nearest double on its safe side,
 * unless the exact value lies within 2^−70 of a double, relatively; then it may be the next one.
 * Nothing overflows or underflows: positive results below {@link Double#MIN_VALUE} become that.
 *
 * <p>Thread-safe; a point of the curve takes tens of microseconds, an inverse some milliseconds.
 *
 * <p>Source: J. Dong, A. Roth, W. J. Su, "Gaussian differential privacy", JRSS-B 84(1), 2022,
 * Theorem 2.7, Corollary 2.13 and Corollary 3.3; B. Balle, Y.-X. Wang, ICML 2018, Theorem 8.
 */
public final class GaussianDp {

  /*
   * With φ the normal density, R(x) = Φ(−x)/φ(x) and t = ε/μ − μ/2, u = t + μ, one has
   * e^ε φ(u) = φ(t), so
   *     δ = φ(t) (R(t) − R(u))            if t >= 0, and
   *     δ = 1 − φ(t) (R(−t) + R(u))       if t <= 0:
   * no large exponential, and R only at arguments >= 0. Both are quotients N/D with D = 1/φ(t).
   * For |t| >= 40, φ(t) R(|t|) < 1e-349, so δ or 1 − δ is below every positive double.
   *
   * N loses about as many bits as μ is small, hence the starting precision.
   */
  private static final int FIRST_BITS = 160;
  private static final int BITS_STEP = 64;
  private static final int RELATIVE_BITS = 70;
  private static final BigDecimal TWICE_FAR = BigDecimal.valueOf(80);
  private static final BigDecimal TWO = BigDecimal.valueOf(2);

  private GaussianDp() {}

  /**
   * The smallest ε for which μ-GDP implies (ε, δ)-DP, rounded up.
   *
   * @param mu nonnegative, may be infinite
   * @param delta strictly between 0 and 1
   */
  public static double epsilon(double mu, double delta) {
    Domain.nonnegative("mu", mu);
    Domain.insideUnitInterval("delta", delta);
    return Bisection.firstThatHolds(epsilon -> delta(mu, epsilon) <= delta);
  }

  /**
   * The smallest δ for which μ-GDP implies (ε, δ)-DP, rounded up. 1 for infinite μ, 0 for μ = 0 and
   * for infinite ε.
   *
   * @param mu nonnegative, may be infinite
   * @param epsilon nonnegative, may be infinite
   */
  public static double delta(double mu, double epsilon) {
    Domain.nonnegative("mu", mu);
    Domain.nonnegative("epsilon", epsilon);
    if (mu > Double.MAX_VALUE) {
      return 1;
    }
    if (mu == 0 || epsilon > Double.MAX_VALUE) {
      return 0;
    }
    BigDecimal exactMu = new BigDecimal(mu);
    BigDecimal twiceMuT = new BigDecimal(epsilon).multiply(TWO).subtract(exactMu.multiply(exactMu));
    BigDecimal far = exactMu.multiply(TWICE_FAR);
    if (twiceMuT.compareTo(far) >= 0) {
      return Double.MIN_VALUE;
    }
    if (twiceMuT.compareTo(far.negate()) <= 0) {
      return 1;
    }
    int smallness = Math.max(0, -Math.getExponent(mu));
    int bits = FIRST_BITS + 2 * BITS_STEP * ((smallness + BITS_STEP - 1) / BITS_STEP);
    while (true) {
      Quotient delta = enclose(mu, epsilon, twiceMuT.signum() >= 0, NormalTail.withBits(bits));
      if (delta.isNarrow()) {
        return Math.min(1, delta.up());
      }
      bits += BITS_STEP;
    }
  }

  private static Quotient enclose(
      double mu, double epsilon, boolean isTNonnegative, NormalTail tail) {
    FixedPoint fixed = tail.fixed();
    Interval exactMu = fixed.of(mu);
    Interval ratio = fixed.over(fixed.of(epsilon), exactMu);
    Interval difference = ratio.minus(exactMu.half());
    Interval absoluteT = nonnegative(isTNonnegative ? difference : negate(difference));
    Interval millsAtU = tail.mills(ratio.plus(exactMu.half()));
    Interval millsAtT = tail.mills(absoluteT);
    Interval inverseDensity = tail.inverseDensity(absoluteT);
    return new Quotient(
        isTNonnegative ? millsAtT.minus(millsAtU) : inverseDensity.minus(millsAtT.plus(millsAtU)),
        inverseDensity);
  }

  private static Interval negate(Interval a) {
    return new Interval(a.high().negate(), a.low().negate());
  }

  /** The part of the interval where a number known to be nonnegative can lie. */
  private static Interval nonnegative(Interval a) {
    return new Interval(a.low().max(BigInteger.ZERO), a.high());
  }

  /** A ratio of two enclosed numbers. */
  private record Quotient(Interval numerator, Interval denominator) {

    /** Whether the ends are positive and agree to a relative 2^−70. */
    boolean isNarrow() {
      BigInteger low = numerator.low().multiply(denominator.low());
      BigInteger high = numerator.high().multiply(denominator.high());
      return low.signum() > 0 && high.subtract(low).shiftLeft(RELATIVE_BITS).compareTo(low) <= 0;
    }

    double up() {
      return DirectedRounding.ratioUp(numerator.high(), denominator.low());
    }
  }

  /**
   * The largest μ for which μ-GDP implies (ε, δ)-DP, rounded down.
   *
   * @param epsilon nonnegative and finite
   * @param delta strictly between 0 and 1
   */
  public static double mu(double epsilon, double delta) {
    Domain.nonnegativeAndFinite("epsilon", epsilon);
    Domain.insideUnitInterval("delta", delta);
    return Math.nextDown(Bisection.firstThatHolds(mu -> delta(mu, epsilon) > delta));
  }

  /**
   * The μ of releases that are μ₁-, μ₂-, …-GDP, chosen adaptively: √(Σ μᵢ²), rounded up.
   *
   * @param mus nonnegative and finite; may be empty
   */
  public static double compose(double... mus) {
    BigDecimal sumOfSquares = BigDecimal.ZERO;
    for (double mu : mus) {
      sumOfSquares = sumOfSquares.add(square(mu));
    }
    return DirectedRounding.squareRootUp(sumOfSquares);
  }

  /** μ², exactly. */
  static BigDecimal square(double mu) {
    Domain.nonnegativeAndFinite("mu", mu);
    BigDecimal exact = new BigDecimal(mu);
    return exact.multiply(exact);
  }

  /**
   * The noise standard deviation over the sensitivity at which the normal mechanism is μ-GDP: 1/μ,
   * rounded up.
   *
   * @param mu positive and finite
   */
  public static double noiseMultiplier(double mu) {
    Domain.positiveAndFinite("mu", mu);
    return DirectedRounding.reciprocalUp(mu);
  }

  /**
   * The μ of the normal mechanism with noise standard deviation {@code noiseMultiplier} times the
   * sensitivity: 1/noiseMultiplier, rounded up.
   *
   * @param noiseMultiplier positive and finite
   */
  public static double muOf(double noiseMultiplier) {
    Domain.positiveAndFinite("noiseMultiplier", noiseMultiplier);
    return DirectedRounding.reciprocalUp(noiseMultiplier);
  }
}
