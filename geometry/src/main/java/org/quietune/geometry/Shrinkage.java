package org.quietune.geometry;

/**
 * Shrinks a noisy vector of known noise variance toward zero. Post-processing: it costs no privacy.
 */
public final class Shrinkage {
  private Shrinkage() {}

  /**
   * Positive-part James–Stein in consecutive blocks: block b of {@code m} coordinates is multiplied
   * by {@code max(0, 1 − (m−2)σ²/‖y_b‖²)}. Under a normal law each block of at least 3 coordinates
   * has a smaller expected squared error than without shrinkage, whatever the mean (James and Stein
   * 1961; Baranchik 1964); smaller blocks are left alone.
   *
   * @param y the noisy vector
   * @param variance of the noise in each coordinate
   * @param blocks number of blocks of nearly equal length
   */
  public static double[] jamesStein(double[] y, double variance, int blocks) {
    double[] shrunk = y.clone();
    for (int b = 0; b < blocks; b++) {
      int from = (int) ((long) b * y.length / blocks);
      int to = (int) ((long) (b + 1) * y.length / blocks);
      int size = to - from;
      if (size < 3) {
        continue;
      }
      double squared = 0;
      for (int j = from; j < to; j++) {
        squared += y[j] * y[j];
      }
      double factor = squared > 0 ? Math.max(0, 1 - (size - 2) * variance / squared) : 0;
      for (int j = from; j < to; j++) {
        shrunk[j] *= factor;
      }
    }
    return shrunk;
  }
}
