package org.quietune.accounting;

import java.math.BigInteger;

/**
 * A closed interval that holds an exact real number; its ends are fixed-point numbers, in units of
 * 2^−bits of the {@link FixedPoint} that made it.
 */
record Interval(BigInteger low, BigInteger high) {

  Interval {
    if (low.compareTo(high) > 0) {
      throw new IllegalArgumentException("low must not exceed high, got " + low + " > " + high);
    }
  }

  Interval plus(Interval other) {
    return new Interval(low.add(other.low), high.add(other.high));
  }

  Interval minus(Interval other) {
    return new Interval(low.subtract(other.high), high.subtract(other.low));
  }

  /** The interval of half the number. */
  Interval half() {
    return new Interval(low.shiftRight(1), FixedPoint.shiftRightUp(high, 1));
  }

  BigInteger width() {
    return high.subtract(low);
  }
}
