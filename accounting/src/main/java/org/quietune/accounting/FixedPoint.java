package org.quietune.accounting;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Interval arithmetic with a given number of bits after the binary point. Low ends are rounded down
 * and high ends up at every step, so each interval holds the exact result.
 *
 * <p>Operands of {@link #times}, {@link #over}, {@link #squareRoot} and {@link #exp} must be
 * nonnegative; they are squares, ratios and exponentials throughout this package.
 */
final class FixedPoint {

  /** Halvings of the argument of exp before its series; as many squarings follow. */
  private static final int EXP_HALVINGS = 12;

  private final int bits;
  private final BigInteger one;

  FixedPoint(int bits) {
    this.bits = bits;
    this.one = BigInteger.ONE.shiftLeft(bits);
  }

  /** The interval of a finite double: one point, unless it has more bits than kept here. */
  Interval of(double value) {
    BigDecimal exact = new BigDecimal(value);
    if (exact.scale() <= 0) {
      return point(exact.toBigIntegerExact().shiftLeft(bits));
    }
    return ratio(exact.unscaledValue(), BigInteger.TEN.pow(exact.scale()));
  }

  Interval of(long value) {
    return point(BigInteger.valueOf(value).shiftLeft(bits));
  }

  private static Interval point(BigInteger value) {
    return new Interval(value, value);
  }

  private Interval ratio(BigInteger numerator, BigInteger denominator) {
    BigInteger scaled = numerator.shiftLeft(bits);
    return new Interval(floorDivide(scaled, denominator), ceilDivide(scaled, denominator));
  }

  Interval times(Interval a, Interval b) {
    return new Interval(
        a.low().multiply(b.low()).shiftRight(bits),
        shiftRightUp(a.high().multiply(b.high()), bits));
  }

  Interval times(Interval a, long factor) {
    BigInteger exact = BigInteger.valueOf(factor);
    return new Interval(a.low().multiply(exact), a.high().multiply(exact));
  }

  Interval over(Interval a, Interval b) {
    return new Interval(
        a.low().shiftLeft(bits).divide(b.high()), ceilDivide(a.high().shiftLeft(bits), b.low()));
  }

  Interval over(Interval a, long divisor) {
    BigInteger exact = BigInteger.valueOf(divisor);
    return new Interval(floorDivide(a.low(), exact), ceilDivide(a.high(), exact));
  }

  Interval squareRoot(Interval a) {
    BigInteger high = a.high().shiftLeft(bits);
    BigInteger root = high.sqrt();
    return new Interval(
        a.low().shiftLeft(bits).sqrt(),
        root.multiply(root).equals(high) ? root : root.add(BigInteger.ONE));
  }

  /** The interval of π, by Machin: π = 16 arctan(1/5) − 4 arctan(1/239). */
  Interval pi() {
    return times(arctanOfInverse(5), 16).minus(times(arctanOfInverse(239), 4));
  }

  /** Σ (−1)ⁿ / ((2n + 1) m^(2n + 1)): alternating and falling, so the next term bounds the rest. */
  private Interval arctanOfInverse(long m) {
    Interval power = over(of(1), m);
    Interval sum = power;
    for (long n = 1; ; n++) {
      power = over(power, m * m);
      Interval term = over(power, 2 * n + 1);
      if (term.high().compareTo(BigInteger.ONE) <= 0) {
        return new Interval(sum.low().subtract(term.high()), sum.high().add(term.high()));
      }
      sum = n % 2 == 0 ? sum.plus(term) : sum.minus(term);
    }
  }

  /** The exponential: Taylor's series at a / 2^12, then 12 squarings. */
  Interval exp(Interval a) {
    Interval small =
        new Interval(a.low().shiftRight(EXP_HALVINGS), shiftRightUp(a.high(), EXP_HALVINGS));
    Interval sum = of(1);
    Interval term = of(1);
    for (long n = 1; ; n++) {
      term = over(times(term, small), n);
      sum = sum.plus(term);
      // From a ratio of successive terms under 1/2 on, the terms left out add up to less than this.
      boolean halving =
          small.high().shiftLeft(1).compareTo(one.multiply(BigInteger.valueOf(n))) < 0;
      if (halving && term.high().compareTo(BigInteger.ONE) <= 0) {
        sum = new Interval(sum.low(), sum.high().add(term.high()));
        break;
      }
    }
    for (int i = 0; i < EXP_HALVINGS; i++) {
      sum = times(sum, sum);
    }
    return sum;
  }

  static BigInteger shiftRightUp(BigInteger a, int shift) {
    return a.negate().shiftRight(shift).negate();
  }

  private static BigInteger floorDivide(BigInteger a, BigInteger positive) {
    BigInteger[] parts = a.divideAndRemainder(positive);
    return parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static BigInteger ceilDivide(BigInteger a, BigInteger positive) {
    return floorDivide(a.negate(), positive).negate();
  }
}
