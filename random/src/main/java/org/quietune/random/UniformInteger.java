package org.quietune.random;

/**
 * An integer uniform on {0, …, bound − 1}, exactly.
 *
 * <p>Source: D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019,
 * Algorithm 5: the high half of word × bound, where the first (2^32 mod bound) low halves are
 * rejected so that every value keeps exactly ⌊2^32 / bound⌋ words. Proof: {@code
 * UniformInteger.proof.md}.
 */
public final class UniformInteger {

  private UniformInteger() {}

  /**
   * Draws one integer.
   *
   * @param bound how many values there are, at least 1
   */
  public static int below(int bound, BitSource bits) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound must be at least 1, got " + bound);
    }
    long product = Integer.toUnsignedLong(bits.nextInt()) * bound;
    // Only low halves under bound can fall under 2^32 mod bound, so the division is rare.
    if ((product & 0xFFFF_FFFFL) < bound) {
      long rejected = (1L << 32) % bound;
      while ((product & 0xFFFF_FFFFL) < rejected) {
        product = Integer.toUnsignedLong(bits.nextInt()) * bound;
      }
    }
    return (int) (product >>> 32);
  }
}
