package org.quietune.random;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * A uniform deviate in (0, 1), exact: its base 2^32 digits are drawn when a question needs them.
 *
 * <p>Source: the u-rand of C. F. F. Karney, "Sampling exactly from the normal distribution", ACM
 * TOMS 42(1), 2016, section 2, with digits of 32 bits. Proof: {@code LazyUniform.proof.md}.
 */
final class LazyUniform {

  private int[] digits = new int[4];
  private int drawn;

  /** Forgets all digits: from here on this is a new deviate, independent of the old one. */
  void renew() {
    drawn = 0;
  }

  /** Digit {@code index} after the point, as an unsigned 32-bit number. */
  int digit(int index, BitSource bits) {
    while (drawn <= index) {
      if (drawn == digits.length) {
        digits = Arrays.copyOf(digits, 2 * drawn);
      }
      digits[drawn++] = bits.nextInt();
    }
    return digits[index];
  }

  /** Whether this deviate is less than {@code other}. Digits are drawn until they differ. */
  boolean isLessThan(LazyUniform other, BitSource bits) {
    for (int i = 0; ; i++) {
      int mine = digit(i, bits);
      int theirs = other.digit(i, bits);
      if (mine != theirs) {
        return Integer.compareUnsigned(mine, theirs) < 0;
      }
    }
  }

  /** Whether this deviate is less than 1/2: its first bit is 0. */
  boolean isLessThanHalf(BitSource bits) {
    return digit(0, bits) >= 0;
  }

  /** The first two digits as one unsigned 64-bit number. */
  long leadingLong(BitSource bits) {
    return ((long) digit(0, bits) << 32) | Integer.toUnsignedLong(digit(1, bits));
  }

  /** The first {@code count} digits as one integer in [0, 2^(32 count)). */
  BigInteger leading(int count, BitSource bits) {
    BigInteger value = BigInteger.ZERO;
    for (int i = 0; i < count; i++) {
      value = value.shiftLeft(32).or(BigInteger.valueOf(Integer.toUnsignedLong(digit(i, bits))));
    }
    return value;
  }
}
