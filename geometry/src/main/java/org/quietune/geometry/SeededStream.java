package org.quietune.geometry;

import java.util.HashSet;
import java.util.Set;

/**
 * Public random values by place: value i of a stream is a function of seed, stream and i alone, so
 * that any part can be drawn again at any time. SplitMix64 by counter (Steele, Lea, Flood 2014);
 * normals by Box and Muller with {@link StrictMath}: the same bits on every machine.
 *
 * <p>It guards nothing: directions are public, and no noise may ever come from here.
 */
final class SeededStream {
  private static final long STEP = 0x9e3779b97f4a7c15L;

  private final long key;

  SeededStream(long seed, long stream) {
    key = mix(mix(seed + STEP) + stream * 0xd1342543de82ef95L);
  }

  /** 64 bits. */
  long bits(long place) {
    return mix(key + (place + 1) * STEP);
  }

  private static long mix(long state) {
    long z = state;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** Uniform in (0, 1). */
  double uniform(long place) {
    return ((bits(place) >>> 12) + 0.5) * 0x1p-52;
  }

  /**
   * Writes standard normals.
   *
   * @param firstPair the values 2·firstPair, 2·firstPair + 1, …
   */
  void normals(long firstPair, double[] out, int at, int count) {
    for (int i = 0; i < count; i += 2) {
      long pair = firstPair + i / 2;
      double radius = StrictMath.sqrt(-2 * StrictMath.log(uniform(2 * pair)));
      double angle = 2 * StrictMath.PI * uniform(2 * pair + 1);
      out[at + i] = radius * StrictMath.cos(angle);
      if (i + 1 < count) {
        out[at + i + 1] = radius * StrictMath.sin(angle);
      }
    }
  }

  /** {@code count} distinct numbers below {@code bound}, a uniformly random set (Floyd 1987). */
  int[] distinct(int bound, int count) {
    Set<Integer> seen = new HashSet<>();
    int[] chosen = new int[count];
    for (int i = 0; i < count; i++) {
      int last = bound - count + i;
      int pick = (int) Long.remainderUnsigned(bits(i), last + 1L);
      chosen[i] = seen.add(pick) ? pick : last;
      seen.add(chosen[i]);
    }
    return chosen;
  }
}
