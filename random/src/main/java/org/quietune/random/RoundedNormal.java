package org.quietune.random;

import java.math.BigDecimal;
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
 * 2016, Algorithm N and section 5; arXiv:1303.6257.
 */
public final class RoundedNormal {

  /*
   * Rounding. |N| = floor(σ(k + x) + 1/2), where k is an integer and x is known by its digits.
   *
   * Fast path. Let w = floor(σ 2^s) with 2^55 <= w < 2^56 and X = floor(2^64 x), two digits. Then
   *     h = k w + floor(w X / 2^64)   <=   2^s σ (k + x)   <   h + k + 3,
   * because w X / 2^64 loses less than 1 to its floor, less than w / 2^64 < 1 to the digits after
   * X, and the σ 2^s - w < 1 left out of w is multiplied by k + x < k + 1. If adding 2^(s-1) and
   * dropping s bits gives the same integer at both ends, that is |N|. With k <= 60 and s <= 62 all
   * terms stay under 2^63: 61 · 2^56 + 64 + 2^61 < 2^63.
   *
   * Slow path, for undecided, huge or tiny cases: the same two ends in BigInteger with the exact σ,
   * one more digit at a time. The upper end is treated as if it could be reached, which can only
   * cost a further digit. Both paths read the same digits, so both give the same integer.
   */
  private static final int WEIGHT_BITS = 56;
  private static final int FAST_MAX_INTEGER_PART = 60;
  private static final int FAST_MAX_SHIFT = 62;
  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private final BigInteger numerator;
  private final BigInteger denominator;
  private final long weight;
  private final int shift;

  private RoundedNormal(BigInteger numerator, BigInteger denominator) {
    BigInteger divisor = numerator.gcd(denominator);
    this.numerator = numerator.divide(divisor);
    this.denominator = denominator.divide(divisor);
    int scale = WEIGHT_BITS + 1 + this.denominator.bitLength() - this.numerator.bitLength();
    BigInteger scaled = scaledFloor(scale);
    int excess = scaled.bitLength() - WEIGHT_BITS;
    this.weight = scaled.shiftRight(excess).longValueExact();
    this.shift = scale - excess;
  }

  /**
   * The law for the given σ.
   *
   * @param sigma standard deviation before rounding, in units of the integer lattice; the double is
   *     taken as the dyadic rational that it is
   * @throws IllegalArgumentException if sigma is NaN or outside [2⁻¹⁰, 2⁶⁰]
   */
  public static RoundedNormal of(double sigma) {
    if (!(sigma >= 0x1p-10 && sigma <= 0x1p60)) {
      throw new IllegalArgumentException("sigma must be in [2^-10, 2^60], got " + sigma);
    }
    BigDecimal exact = new BigDecimal(sigma);
    return exact.scale() <= 0
        ? of(exact.toBigIntegerExact(), BigInteger.ONE)
        : of(exact.unscaledValue(), BigInteger.TEN.pow(exact.scale()));
  }

  /**
   * The law for σ = numerator / denominator.
   *
   * @throws IllegalArgumentException if either is not positive or σ is outside [2⁻¹⁰, 2⁶⁰]
   */
  public static RoundedNormal of(BigInteger numerator, BigInteger denominator) {
    boolean positive = numerator.signum() > 0 && denominator.signum() > 0;
    if (!positive
        || numerator.shiftLeft(10).compareTo(denominator) < 0
        || numerator.compareTo(denominator.shiftLeft(60)) > 0) {
      throw new IllegalArgumentException(
          "sigma must be in [2^-10, 2^60], got " + numerator + "/" + denominator);
    }
    return new RoundedNormal(numerator, denominator);
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
    long magnitude = round(normal.integerPart(), normal.fraction(), bits);
    return normal.isNegative() ? -magnitude : magnitude;
  }

  /** floor(σ(k + x) + 1/2), saturated. */
  long round(int k, LazyUniform x, BitSource bits) {
    if (k <= FAST_MAX_INTEGER_PART && shift >= 1 && shift <= FAST_MAX_SHIFT) {
      long low = k * weight + multiplyHighUnsigned(weight, x.leadingLong(bits));
      long half = 1L << (shift - 1);
      long rounded = (low + half) >> shift;
      if ((low + k + 3 + half) >> shift == rounded) {
        return rounded;
      }
    }
    return roundExactly(k, x, bits);
  }

  /** The slow path of {@link #round}, right on its own for every k and σ. */
  long roundExactly(int k, LazyUniform x, BitSource bits) {
    for (int digits = 1; ; digits++) {
      BigInteger y = BigInteger.valueOf(k).shiftLeft(32 * digits).add(x.leading(digits, bits));
      BigInteger low = roundHalfUp(y, 32 * digits);
      if (low.equals(roundHalfUp(y.add(BigInteger.ONE), 32 * digits))) {
        return low.min(MAX).longValueExact();
      }
    }
  }

  /** floor(σ y / 2^bits + 1/2). */
  private BigInteger roundHalfUp(BigInteger y, int bits) {
    return numerator
        .multiply(y)
        .shiftLeft(1)
        .add(denominator.shiftLeft(bits))
        .divide(denominator.shiftLeft(bits + 1));
  }

  /** floor(σ 2^scale). */
  private BigInteger scaledFloor(int scale) {
    return scale >= 0
        ? numerator.shiftLeft(scale).divide(denominator)
        : numerator.divide(denominator.shiftLeft(-scale));
  }

  /** High 64 bits of a × b, a nonnegative and b unsigned. */
  private static long multiplyHighUnsigned(long a, long b) {
    return Math.multiplyHigh(a, b) + (a & (b >> 63));
  }
}
