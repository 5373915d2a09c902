package org.quietune.release;

import org.quietune.random.BitSource;

/**
 * Adds independent noise to every coordinate. What is released is a function of the exact sum of
 * both, however large the noise; proof: {@code AdditiveSampler.proof.md} beside this file.
 */
final class AdditiveSampler implements NoiseSampler {

  /** Draws independent integers of one exact law. */
  interface Law {
    void fill(long[] out, BitSource bits);
  }

  private final int dimension;
  private final Law law;

  AdditiveSampler(int dimension, Law law) {
    this.dimension = dimension;
    this.law = law;
  }

  @Override
  public Perturbation draw(BitSource bits) {
    long[] noise = new long[dimension];
    law.fill(noise, bits);
    return sum -> {
      for (int j = 0; j < noise.length; j++) {
        noise[j] = saturatedSum(sum[j], noise[j]);
      }
      return noise;
    };
  }

  /**
   * S + N held inside ±2⁶². |S| ≤ 2⁶¹, and a noise value that the sampler saturated at ±(2⁶³−1)
   * gives ±2⁶² here whatever S is, so the result is a function of the exact S + N alone.
   */
  private static long saturatedSum(long sum, long noise) {
    long limit = 1L << 62;
    if (noise >= limit + limit / 2) {
      return limit;
    }
    if (noise <= -limit - limit / 2) {
      return -limit;
    }
    // Within ±1.5·2⁶² and ±2⁶¹ the addition stays inside 64 bits.
    return Math.max(-limit, Math.min(limit, sum + noise));
  }
}
