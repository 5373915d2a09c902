package org.quietune.geometry;

import java.util.Arrays;

/**
 * Positive-part James–Stein shrinkage of a noisy vector toward zero, block by block in spectral
 * order: {@code y = s + σξ} gives {@code max(0, 1 − (p−2)σ²/‖y_b‖²) y_b} on each block of p ≥ 3
 * coordinates.
 *
 * <p>Guarantee: for p ≥ 3 and whatever s is, the expected squared error of each block is below that
 * of y itself, pσ² (James and Stein 1961; Baranchik 1964). It reads a released vector, its noise
 * variance, which is a public parameter, and public blocks: post-processing, no privacy is spent. A
 * block of fewer than three coordinates is left as it is.
 *
 * @param vector the shrunk vector
 * @param factors one per block, 0 to 1
 * @param estimatedRisk Stein's unbiased estimate of the expected squared error, summed over blocks
 *     (Stein 1981); it may be negative
 */
@SuppressWarnings("ArrayRecordComponent") // results, handed over
public record Shrinkage(double[] vector, double[] factors, double estimatedRisk) {

  /**
   * Shrinks a released vector.
   *
   * @param noisy y, in the order of a spectrum
   * @param noiseVariance σ² of each coordinate's noise, positive
   * @param ends exclusive end of each block, ascending, the last one y's length
   */
  public static Shrinkage jamesStein(double[] noisy, double noiseVariance, int[] ends) {
    if (!(noiseVariance > 0) || !(noiseVariance < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "noiseVariance must be positive and finite: " + noiseVariance);
    }
    if (ends.length == 0 || ends[ends.length - 1] != noisy.length) {
      throw new IllegalArgumentException("the last block must end at " + noisy.length);
    }
    double[] vector = noisy.clone();
    double[] factors = new double[ends.length];
    double risk = 0;
    int from = 0;
    for (int b = 0; b < ends.length; b++) {
      int size = ends[b] - from;
      if (size < 1) {
        throw new IllegalArgumentException("blocks must ascend and hold something");
      }
      double square = 0;
      for (int j = from; j < ends[b]; j++) {
        square += noisy[j] * noisy[j];
      }
      double target = (size - 2) * noiseVariance;
      if (size < 3) {
        factors[b] = 1;
        risk += size * noiseVariance;
      } else if (square <= target) {
        factors[b] = 0;
        risk += square - size * noiseVariance;
      } else {
        factors[b] = 1 - target / square;
        risk += size * noiseVariance - target * target / square;
      }
      for (int j = from; j < ends[b]; j++) {
        vector[j] *= factors[b];
      }
      from = ends[b];
    }
    return new Shrinkage(vector, factors, risk);
  }

  /** Ends of blocks of nearly equal size. */
  public static int[] equalBlocks(int dimension, int blocks) {
    if (blocks < 1 || blocks > dimension) {
      throw new IllegalArgumentException("blocks must be 1 to " + dimension + ", was " + blocks);
    }
    int[] ends = new int[blocks];
    Arrays.setAll(ends, b -> (int) ((long) dimension * (b + 1) / blocks));
    return ends;
  }
}
