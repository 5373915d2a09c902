package org.quietune.random;

/**
 * Draws exact standard normal deviates: a sign, an integer part, and a fraction whose digits are
 * drawn as they are asked for.
 *
 * <p>Guarantee: if the bits are fair and independent, the deviate ±(k + x) has exactly the standard
 * normal law. No floating point is used.
 *
 * <p>Holds the deviate last drawn; reuse it within one thread.
 *
 * <p>Source: C. F. F. Karney, "Sampling exactly from the normal distribution", ACM TOMS 42(1),
 * 2016, Algorithms N, H and B; arXiv:1303.6257. Algorithm H is {@link
 * DescendingRun#isEvenFromHalf}. Proof: {@code ExactNormal.proof.md}.
 */
final class ExactNormal {

  private final DescendingRun run = new DescendingRun();
  private final LazyUniform fraction = new LazyUniform();
  private int integerPart;
  private boolean negative;

  /** Replaces the deviate by a new one. */
  void draw(BitSource bits) {
    do {
      integerPart = geometricHalf(bits);
      fraction.renew();
    } while (!acceptsIntegerPart(integerPart, bits) || !acceptsFraction(bits));
    negative = bits.nextInt() < 0;
  }

  /** k, the integer part of the absolute value. */
  int integerPart() {
    return integerPart;
  }

  /** x, the fraction of the absolute value. */
  LazyUniform fraction() {
    return fraction;
  }

  /** The sign. */
  boolean isNegative() {
    return negative;
  }

  /** Step N1: k with probability exp(−k/2)(1 − exp(−1/2)). */
  private int geometricHalf(BitSource bits) {
    int k = 0;
    while (run.isEvenFromHalf(bits)) {
      k = Math.incrementExact(k);
    }
    return k;
  }

  /** Step N2: true with probability exp(−k(k − 1)/2). */
  private boolean acceptsIntegerPart(int k, BitSource bits) {
    for (long trial = k * (k - 1L); trial > 0; trial--) {
      if (!run.isEvenFromHalf(bits)) {
        return false;
      }
    }
    return true;
  }

  /** Step N4: true with probability exp(−x(2k + x)/2), as k + 1 trials of Algorithm B. */
  private boolean acceptsFraction(BitSource bits) {
    for (int trial = 0; trial <= integerPart; trial++) {
      if (!bernoulliExpFraction(integerPart, fraction, bits)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Algorithm B: true with probability exp(−x(2k + x)/(2k + 2)).
   *
   * <p>A run x &gt; z₁ &gt; z₂ &gt; … continues only if, besides, a trial of probability (2k +
   * x)/(2k + 2) succeeds; its length is at least n with probability (x(2k + x)/(2k + 2))ⁿ/n!.
   */
  boolean bernoulliExpFraction(int k, LazyUniform x, BitSource bits) {
    boolean even = true;
    if (!run.continuesFrom(x, bits) || !thins(k, x, bits)) {
      return even;
    }
    do {
      even = !even;
    } while (run.continues(bits) && thins(k, x, bits));
    return even;
  }

  /** True with probability (2k + x)/(2k + 2). */
  private boolean thins(int k, LazyUniform x, BitSource bits) {
    int choice = UniformInteger.below(2 * k + 2, bits);
    if (choice >= 2) {
      return true;
    }
    if (choice == 0) {
      return false;
    }
    return run.trial(x, bits);
  }
}
