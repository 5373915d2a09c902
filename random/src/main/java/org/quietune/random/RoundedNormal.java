package org.quietune.random;

import java.math.BigInteger;

/**
 * The law of round(σX), X standard normal and σ rational, sampled exactly.
 *
 * <p>Definition: P(N = n) = Φ((n + ½)/σ) − Φ((n − ½)/σ) for every integer n.
 *
 * <p>Guarantee: if the bits are fair and independent, N has exactly this law. There is no
 * floating-point number between the bits and N and no truncation of X, so adding N to an integer S
 * gives exactly round(S + σX), a post-processing of the Gaussian mechanism.
 *
 * <p>Preconditions (checked here): 2⁻¹⁰ ≤ σ ≤ 2⁶⁰.
 *
 * <p>Edge cases: ties have probability 0 and are never assumed; digits of X are drawn until the
 * rounding is decided. Values beyond a {@code long} saturate at ±{@link Long#MAX_VALUE}, which is
 * again post-processing; at σ = 2⁶⁰ this happens beyond 8 standard deviations.
 *
 * <p>Cost: the number of bits drawn and the time depend on X; draw noise before private records are
 * read. Immutable and thread-safe; a {@link BitSource} is not.
 *
 * <p>Source: C. F. F. Karney, "Sampling exactly from the normal distribution", ACM TOMS 42(1),
 * 2016, Algorithm N and section 5; arXiv:1303.6257. Proof: {@code RoundedNormal.proof.md}.
 */
public final class RoundedNormal {

  private static final int MIN_EXPONENT = -10;
  private static final int MAX_EXPONENT = 60;

  private final RationalScale sigma;

  private RoundedNormal(RationalScale sigma) {
    this.sigma = sigma;
  }

  /**
   * The law for the given σ.
   *
   * @param sigma standard deviation before rounding, in units of the integer lattice; the double is
   *     taken as the dyadic rational that it is
   * @throws IllegalArgumentException if sigma is NaN or outside [2⁻¹⁰, 2⁶⁰]
   */
  public static RoundedNormal of(double sigma) {
    return new RoundedNormal(RationalScale.of("sigma", sigma, MIN_EXPONENT, MAX_EXPONENT));
  }

  /**
   * The law for σ = numerator / denominator.
   *
   * @throws IllegalArgumentException if either is not positive or σ is outside [2⁻¹⁰, 2⁶⁰]
   */
  public static RoundedNormal of(BigInteger numerator, BigInteger denominator) {
    return new RoundedNormal(
        RationalScale.of("sigma", numerator, denominator, MIN_EXPONENT, MAX_EXPONENT));
  }

  /** Draws one value. */
  public long sample(BitSource bits) {
    return sample(new ExactNormal(), bits);
  }

  /** Draws {@code out.length} independent values. */
  public void fill(long[] out, BitSource bits) {
    ExactNormal normal = new ExactNormal();
    for (int i = 0; i < out.length; i++) {
      out[i] = sample(normal, bits);
    }
  }

  private long sample(ExactNormal normal, BitSource bits) {
    normal.draw(bits);
    long magnitude = sigma.round(normal.integerPart(), normal.fraction(), bits);
    return normal.isNegative() ? -magnitude : magnitude;
  }
}
