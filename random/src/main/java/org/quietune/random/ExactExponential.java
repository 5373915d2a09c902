package org.quietune.random;

/**
 * Draws exact standard exponential deviates: an integer part, and a fraction whose digits are drawn
 * as they are asked for.
 *
 * <p>Guarantee: if the bits are fair and independent, k + x has exactly the density exp(−y) on y
 * &gt; 0. No floating point is used.
 *
 * <p>Holds the deviate last drawn; reuse it within one thread.
 *
 * <p>Source: J. von Neumann, "Various techniques used in connection with random digits", NBS
 * Applied Mathematics Series 12, 1951, with lazily drawn digits as in Karney (2016), Algorithm V.
 * Proof: {@code ExactExponential.proof.md}.
 */
final class ExactExponential {

  private final DescendingRun run = new DescendingRun();
  private final LazyUniform fraction = new LazyUniform();
  private int integerPart;

  /** Replaces the deviate by a new one. */
  void draw(BitSource bits) {
    integerPart = 0;
    fraction.renew();
    while (!run.isEvenFrom(fraction, bits)) {
      integerPart = Math.incrementExact(integerPart);
      fraction.renew();
    }
  }

  /** k, the integer part. */
  int integerPart() {
    return integerPart;
  }

  /** x, the fraction. */
  LazyUniform fraction() {
    return fraction;
  }
}
