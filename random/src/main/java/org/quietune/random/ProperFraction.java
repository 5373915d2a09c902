package org.quietune.random;

import java.math.BigInteger;

/**
 * A rational number in [0, 1), known by its base 2^32 digits so that lazily drawn deviates can be
 * compared with it exactly.
 *
 * <p>Guarantee: a fresh deviate is below it with probability equal to it. Immutable and
 * thread-safe. Proof: {@code ProperFraction.proof.md}.
 */
final class ProperFraction {

  private final BigInteger numerator;
  private final BigInteger denominator;
  private final int firstDigit;

  /**
   * The fraction numerator / denominator.
   *
   * @throws IllegalArgumentException unless 0 ≤ numerator &lt; denominator
   */
  ProperFraction(BigInteger numerator, BigInteger denominator) {
    if (numerator.signum() < 0 || numerator.compareTo(denominator) >= 0) {
      throw new IllegalArgumentException(
          "fraction must be in [0, 1), got " + numerator + "/" + denominator);
    }
    this.numerator = numerator;
    this.denominator = denominator;
    this.firstDigit = divide(0);
  }

  /** Whether the deviate is below this fraction. Digits are drawn until they differ. */
  boolean exceeds(LazyUniform deviate, BitSource bits) {
    for (int i = 0; ; i++) {
      int drawn = deviate.digit(i, bits);
      int mine = i == 0 ? firstDigit : divide(i);
      if (drawn != mine) {
        return Integer.compareUnsigned(drawn, mine) < 0;
      }
    }
  }

  /**
   * Digit {@code index} after the point: floor(2^(32(index + 1)) numerator/denominator) mod 2^32.
   */
  private int divide(int index) {
    return numerator.shiftLeft(32 * (index + 1)).divide(denominator).intValue();
  }
}
