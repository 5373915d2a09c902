package org.quietune.random;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * A positive rational scale s, and the integer part of s(k + x) or of s(k + x) + ½ for an integer k
 * and a lazily drawn fraction x, exactly.
 *
 * <p>Digits of x are drawn until the answer is decided. Answers beyond a {@code long} saturate at
 * {@link Long#MAX_VALUE}. Immutable and thread-safe.
 *
 * <p>Proof: {@code RationalScale.proof.md}.
 */
final class RationalScale {

  /*
   * The answer is A = floor(s(k + x) + h/2), h = 0 or 1.
   *
   * Fast path. Let w = floor(s 2^t) with 2^55 <= w < 2^56 and X = floor(2^64 x), two digits. Then
   *     l = k w + floor(w X / 2^64)   <=   2^t s (k + x)   <   l + k + 3,
   * because w X / 2^64 loses less than 1 to its floor, less than w / 2^64 < 1 to the digits after
   * X, and the s 2^t - w < 1 left out of w is multiplied by k + x < k + 1. If adding h 2^(t-1) and
   * dropping t bits gives the same integer at both ends, that is A. With k <= 60 and t <= 62 all
   * terms stay under 2^63: 61 · 2^56 + 64 + 2^61 < 2^63.
   *
   * Slow path, for undecided, huge or tiny cases: the same two ends in BigInteger with the exact s,
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

  private RationalScale(BigInteger numerator, BigInteger denominator) {
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
   * The scale that the double stands for, a dyadic rational.
   *
   * @param name what messages call it
   * @throws IllegalArgumentException if it is NaN or outside [2^minExponent, 2^maxExponent]
   */
  static RationalScale of(String name, double value, int minExponent, int maxExponent) {
    if (!(value >= Math.scalb(1.0, minExponent) && value <= Math.scalb(1.0, maxExponent))) {
      throw outside(name, Double.toString(value), minExponent, maxExponent);
    }
    BigDecimal exact = new BigDecimal(value);
    return exact.scale() <= 0
        ? new RationalScale(exact.toBigIntegerExact(), BigInteger.ONE)
        : new RationalScale(exact.unscaledValue(), BigInteger.TEN.pow(exact.scale()));
  }

  /**
   * The scale numerator / denominator.
   *
   * @param name what messages call it
   * @param minExponent at most 0
   * @param maxExponent at least 0
   * @throws IllegalArgumentException if either is not positive or the quotient is outside
   *     [2^minExponent, 2^maxExponent]
   */
  static RationalScale of(
      String name, BigInteger numerator, BigInteger denominator, int minExponent, int maxExponent) {
    boolean positive = numerator.signum() > 0 && denominator.signum() > 0;
    if (!positive
        || numerator.shiftLeft(-minExponent).compareTo(denominator) < 0
        || numerator.compareTo(denominator.shiftLeft(maxExponent)) > 0) {
      throw outside(name, numerator + "/" + denominator, minExponent, maxExponent);
    }
    return new RationalScale(numerator, denominator);
  }

  private static IllegalArgumentException outside(
      String name, String value, int minExponent, int maxExponent) {
    return new IllegalArgumentException(
        "%s must be in [2^%d, 2^%d], got %s".formatted(name, minExponent, maxExponent, value));
  }

  /** floor(s(k + x)), saturated. */
  long floor(int k, LazyUniform x, BitSource bits) {
    return integerPart(k, x, 0, bits);
  }

  /** floor(s(k + x) + 1/2), saturated. */
  long round(int k, LazyUniform x, BitSource bits) {
    return integerPart(k, x, 1, bits);
  }

  private long integerPart(int k, LazyUniform x, int halves, BitSource bits) {
    if (k <= FAST_MAX_INTEGER_PART && shift >= 1 && shift <= FAST_MAX_SHIFT) {
      long low = k * weight + multiplyHighUnsigned(weight, x.leadingLong(bits));
      long offset = (long) halves << (shift - 1);
      long answer = (low + offset) >> shift;
      if ((low + k + 3 + offset) >> shift == answer) {
        return answer;
      }
    }
    return integerPartExactly(k, x, halves, bits);
  }

  /** The slow path: floor(s(k + x) + halves/2), right on its own for every k and s. */
  long integerPartExactly(int k, LazyUniform x, int halves, BitSource bits) {
    for (int digits = 1; ; digits++) {
      BigInteger y = BigInteger.valueOf(k).shiftLeft(32 * digits).add(x.leading(digits, bits));
      BigInteger low = integerPart(y, 32 * digits, halves);
      if (low.equals(integerPart(y.add(BigInteger.ONE), 32 * digits, halves))) {
        return low.min(MAX).longValueExact();
      }
    }
  }

  /** floor(s y / 2^bits + halves/2). */
  private BigInteger integerPart(BigInteger y, int bits, int halves) {
    return numerator
        .multiply(y)
        .shiftLeft(1)
        .add(denominator.multiply(BigInteger.valueOf(halves)).shiftLeft(bits))
        .divide(denominator.shiftLeft(bits + 1));
  }

  /** floor(s 2^scale). */
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
