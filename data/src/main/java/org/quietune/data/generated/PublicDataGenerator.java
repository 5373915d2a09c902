package org.quietune.data.generated;

/**
 * Reproducible pseudo-random numbers for generated <em>public</em> data: the same seed gives the
 * same numbers on every platform and JDK.
 *
 * <p>It may never touch a private release. Its 64-bit state can be recovered from its output, and
 * its normals are rounded floating-point values, so noise from it would protect nobody. Noise comes
 * from {@code org.quietune.random} alone, which is why this class is not visible outside its
 * package.
 *
 * <p>Source: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014); Box and Muller (1958).
 */
final class PublicDataGenerator {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  PublicDataGenerator(long seed) {
    state = seed;
  }

  /** The next 64 bits of SplitMix64. */
  long nextLong() {
    state += GOLDEN_GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Uniform on the multiples of 2⁻⁵³ in [0, 1). */
  double uniform() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /** Uniform on 0 to {@code bound}−1, up to a bias below {@code bound}·2⁻⁵³. */
  int below(int bound) {
    return (int) (uniform() * bound);
  }

  /** Standard normal. StrictMath gives the same bits everywhere. */
  double normal() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform()));
    return radius * StrictMath.cos(2 * Math.PI * uniform());
  }
}
