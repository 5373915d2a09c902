package org.quietune.experiments.mnist;

/**
 * A fixed random order, for the public choice of which published images stand for private ones. It
 * is that of {@code Collections.shuffle} with {@code java.util.Random}, whose documentation fixes
 * both; written out here, since a generator that is no source of noise has no place in this code.
 */
final class PublicOrder {
  private static final long MULTIPLIER = 0x5DEECE66DL;
  private static final long MASK = (1L << 48) - 1;

  private long state;

  private PublicOrder(long seed) {
    state = (seed ^ MULTIPLIER) & MASK;
  }

  /** The values in the order of a seed. */
  static int[] of(int[] values, long seed) {
    PublicOrder order = new PublicOrder(seed);
    int[] shuffled = values.clone();
    for (int i = shuffled.length; i > 1; i--) {
      int j = order.below(i);
      int value = shuffled[i - 1];
      shuffled[i - 1] = shuffled[j];
      shuffled[j] = value;
    }
    return shuffled;
  }

  private int next() {
    state = (state * MULTIPLIER + 0xB) & MASK;
    return (int) (state >>> 17);
  }

  private int below(int bound) {
    int drawn = next();
    if ((bound & (bound - 1)) == 0) {
      return (int) ((bound * (long) drawn) >> 31);
    }
    // Draws of the last, incomplete range of remainders are drawn again: the sum overflows there.
    int rest = drawn % bound;
    while (drawn - rest + (bound - 1) < 0) {
      drawn = next();
      rest = drawn % bound;
    }
    return rest;
  }
}
