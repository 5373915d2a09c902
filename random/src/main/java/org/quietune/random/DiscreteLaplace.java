package org.quietune.random;

import java.math.BigInteger;

/**
 * The discrete Laplace law (two-sided geometric law) of rational scale s, sampled exactly.
 *
 * <p>Definition: P(N = n) = (1 − q)/(1 + q) · q^|n|, q = exp(−1/s), for every integer n.
 *
 * <p>Guarantee: if the bits are fair and independent, N has exactly this law. There is no
 * floating-point number between the bits and N and no truncated tail. So for an integer statistic S
 * that one unit moves by at most Δ, the release S + N with s ≥ Δ/ε is (ε, 0)-DP, since P(N = n) ≤
 * exp(Δ/s) P(N = n + d) for |d| ≤ Δ. With Δ taken over the vector's L1 norm and independent
 * coordinates, the same holds for integer vectors.
 *
 * <p>Preconditions (checked here): 2⁻¹⁰ ≤ s ≤ 2⁵⁰. Caller's duty: S, Δ and s are in the same unit,
 * cells of the integer lattice, and s was rounded up.
 *
 * <p>Edge cases: values beyond a {@code long} saturate at ±{@link Long#MAX_VALUE}, with probability
 * below exp(−2¹²). A caller who then clamps S + N to an interval that S cannot leave by its own
 * size, as {@code docs/theory.md} Lemma 2 does, has a post-processing of the exact S + N.
 *
 * <p>Numerics: exact. Cost: the number of bits drawn and the time depend on N; draw noise before
 * private records are read. Immutable and thread-safe; a {@link BitSource} is not.
 *
 * <p>Source: A. Ghosh, T. Roughgarden and M. Sundararajan, "Universally utility-maximizing privacy
 * mechanisms", STOC 2009, for the law; C. Canonne, G. Kamath and T. Steinke, "The discrete Gaussian
 * for differential privacy", 2020, Algorithm 2, for sign and zero. The magnitude is the integer
 * part of a scaled exponential deviate with lazily drawn digits. Proof: {@code
 * DiscreteLaplace.proof.md}.
 */
public final class DiscreteLaplace {

  private static final int MIN_EXPONENT = -10;
  private static final int MAX_EXPONENT = 50;

  private final RationalScale scale;

  private DiscreteLaplace(RationalScale scale) {
    this.scale = scale;
  }

  /**
   * The law for the given scale.
   *
   * @param scale s, in units of the integer lattice; the double is taken as the dyadic rational
   *     that it is
   * @throws IllegalArgumentException if scale is NaN or outside [2⁻¹⁰, 2⁵⁰]
   */
  public static DiscreteLaplace of(double scale) {
    return new DiscreteLaplace(RationalScale.of("scale", scale, MIN_EXPONENT, MAX_EXPONENT));
  }

  /**
   * The law for s = numerator / denominator.
   *
   * @throws IllegalArgumentException if either is not positive or s is outside [2⁻¹⁰, 2⁵⁰]
   */
  public static DiscreteLaplace of(BigInteger numerator, BigInteger denominator) {
    return new DiscreteLaplace(
        RationalScale.of("scale", numerator, denominator, MIN_EXPONENT, MAX_EXPONENT));
  }

  /** Draws one value. */
  public long sample(BitSource bits) {
    return sample(new ExactExponential(), bits);
  }

  /** Draws {@code out.length} independent values. */
  public void fill(long[] out, BitSource bits) {
    ExactExponential exponential = new ExactExponential();
    for (int i = 0; i < out.length; i++) {
      out[i] = sample(exponential, bits);
    }
  }

  private long sample(ExactExponential exponential, BitSource bits) {
    while (true) {
      exponential.draw(bits);
      long magnitude = scale.floor(exponential.integerPart(), exponential.fraction(), bits);
      boolean negative = bits.nextInt() < 0;
      // Zero would come out with both signs, twice as often as it should.
      if (magnitude != 0 || !negative) {
        return negative ? -magnitude : magnitude;
      }
    }
  }
}
