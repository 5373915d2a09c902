package org.quietune.model;

/**
 * SplitMix64 (Steele, Lea, Flood 2014): a seeded, reproducible stream for PUBLIC choices only, such
 * as initial weights and the order of public records.
 *
 * <p>It must never touch a release: its 64-bit state can be recovered from one output, so noise
 * drawn from it hides nothing. Noise comes from the cryptographic source behind the door to private
 * data, and nowhere else.
 */
final class SplitMix64 {
  private long state;

  SplitMix64(long seed) {
    state = seed;
  }

  long nextLong() {
    state += 0x9e3779b97f4a7c15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** Uniform in (0, 1). */
  private double nextOpenUniform() {
    return ((nextLong() >>> 12) + 0.5) * 0x1p-52;
  }

  /**
   * Standard normal by Box and Muller's cosine branch: ample for initial weights. StrictMath: same
   * bits everywhere.
   */
  double nextGaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(nextOpenUniform()));
    return radius * StrictMath.cos(2 * StrictMath.PI * nextOpenUniform());
  }

  /**
   * A uniformly random permutation of 0 to size − 1 (Fisher and Yates; the bias of 2⁻³³ does not
   * matter here).
   */
  int[] permutation(int size) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int j = (int) Long.remainderUnsigned(nextLong(), i + 1L);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
