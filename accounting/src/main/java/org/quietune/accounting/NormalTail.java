package org.quietune.accounting;

import java.math.BigInteger;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The Mills ratio R(x) = Φ(−x)/φ(x) of the standard normal law for x ≥ 0, enclosed in intervals.
 *
 * <p>Moderate x: R(x) = √(π/2) exp(x²/2) − Σ x^(2n+1)/(2n+1)!!, a series of positive terms
 * (Abramowitz and Stegun 26.2.11). Large x: Laplace's continued fraction R(x) = 1/(x + 1/(x + 2/(x
 * + 3/(x + …)))) (A&S 26.2.14), evaluated backward from an interval that holds its tail; every step
 * is monotone, so the result holds R(x) whatever the depth. Depth and precision decide only the
 * width.
 */
final class NormalTail {

  private static final ConcurrentMap<Integer, NormalTail> BY_BITS = new ConcurrentHashMap<>();

  private final int bits;
  private final FixedPoint fixed;
  private final Interval squareRootOfTwoPi;

  private NormalTail(int bits) {
    this.bits = bits;
    this.fixed = new FixedPoint(bits);
    this.squareRootOfTwoPi = fixed.squareRoot(fixed.times(fixed.pi(), 2));
  }

  /** The instance that keeps {@code bits} bits after the point. */
  static NormalTail withBits(int bits) {
    return BY_BITS.computeIfAbsent(bits, NormalTail::new);
  }

  FixedPoint fixed() {
    return fixed;
  }

  /** 1/φ(x) = √(2π) exp(x²/2). */
  Interval inverseDensity(Interval x) {
    return fixed.times(squareRootOfTwoPi, fixed.exp(fixed.times(x, x).half()));
  }

  /** R(x) for x ≥ 0. */
  Interval mills(Interval x) {
    Interval start = new Interval(x.low(), x.low());
    boolean large = x.low().shiftRight(bits).compareTo(BigInteger.valueOf(bits / 24)) >= 0;
    Interval atLow = large ? continuedFraction(start) : series(start);
    // −1 ≤ R'(x) = x R(x) − 1 < 0.
    return new Interval(atLow.low().subtract(x.width()), atLow.high());
  }

  private Interval series(Interval x) {
    Interval square = fixed.times(x, x);
    Interval term = x;
    Interval sum = x;
    for (long n = 1; ; n++) {
      term = fixed.over(fixed.times(term, square), 2 * n + 1);
      sum = sum.plus(term);
      // From a ratio of successive terms under 1/2 on, the terms left out add up to less than this.
      boolean halving = square.high().shiftRight(bits).compareTo(BigInteger.valueOf(n)) < 0;
      if (halving && term.high().compareTo(BigInteger.ONE) <= 0) {
        sum = new Interval(sum.low(), sum.high().add(term.high()));
        return inverseDensity(x).half().minus(sum);
      }
    }
  }

  private Interval continuedFraction(Interval x) {
    // The error falls like exp(−2x √depth), which this depth brings to about 2^−bits.
    double ratio = 0.35 * bits / x.low().shiftRight(bits).doubleValue();
    int depth = 16 + (int) (ratio * ratio);
    Interval tail = new Interval(x.low(), x.plus(overTail(depth + 1, x)).high());
    for (int n = depth; n >= 1; n--) {
      tail = x.plus(overTail(n, tail));
    }
    return overTail(1, tail);
  }

  private Interval overTail(int n, Interval tail) {
    return fixed.over(fixed.of(n), tail);
  }
}
