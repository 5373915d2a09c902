package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShrinkageTest {

  @Test
  void oneBlockByHand() {
    // ‖y‖² = 25, m − 2 = 1, σ² = 5: factor 1 − 5/25.
    assertArrayEquals(
        new double[] {2.4, 3.2, 0}, Shrinkage.jamesStein(new double[] {3, 4, 0}, 5, 1), 1e-15);
  }

  @Test
  void blocksByHand() {
    // Seven coordinates in two blocks: three and four. Factors 1 − 1/4 and 1 − 2/16.
    double[] y = {2, 0, 0, 2, 2, 2, 2};
    assertArrayEquals(
        new double[] {1.5, 0, 0, 1.75, 1.75, 1.75, 1.75}, Shrinkage.jamesStein(y, 1, 2), 1e-15);
    assertArrayEquals(new double[] {2, 0, 0, 2, 2, 2, 2}, y, "the argument is left alone");
  }

  @Test
  void neverTurnsRound() {
    assertArrayEquals(new double[3], Shrinkage.jamesStein(new double[] {.1, .2, .1}, 1, 1));
    assertArrayEquals(new double[3], Shrinkage.jamesStein(new double[3], 1, 1));
  }

  @Test
  void leavesSmallBlocksAndExactVectorsAlone() {
    double[] y = {1, 2, 3, 4};
    assertArrayEquals(y, Shrinkage.jamesStein(y, 10, 2));
    assertArrayEquals(y, Shrinkage.jamesStein(y, 10, 9));
    assertArrayEquals(y, Shrinkage.jamesStein(y, 0, 1));
    assertArrayEquals(new double[0], Shrinkage.jamesStein(new double[0], 1, 4));
  }

  /**
   * The squared error of shrinking is no larger in expectation, whatever the mean: 4,000 seeded
   * draws, paired. The statistic is (nearly) standard normal or above under the claim, so a correct
   * implementation would fail one seed in 10⁷ (5.2 standard deviations).
   */
  @ParameterizedTest
  @ValueSource(doubles = {0, 1, 3, 10, 30})
  void risksNoMoreThanNotShrinking(double meanNorm) {
    double gain = standardizedGain(meanNorm, y -> Shrinkage.jamesStein(y, 1, 2));
    assertTrue(gain > -5.2, "gain " + gain);
    if (meanNorm <= 3) {
      assertTrue(gain > 5.2, "near the origin it gains clearly: " + gain);
    }
  }

  /** The broken twin, which takes the noise variance four times too large. */
  @Test
  void theTestRejectsTooMuchShrinkage() {
    assertTrue(standardizedGain(10, y -> Shrinkage.jamesStein(y, 4, 2)) < -5.2);
  }

  /** Mean of ‖y−m‖² − ‖shrunk−m‖² over its standard error, for y normal around m. */
  private static double standardizedGain(double meanNorm, UnaryOperator<double[]> shrink) {
    int draws = 4000;
    int k = 16;
    Random random = new Random(20260521);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < draws; i++) {
      double[] y = new double[k];
      for (int j = 0; j < k; j++) {
        y[j] = meanNorm / Math.sqrt(k) + random.nextGaussian();
      }
      double[] shrunk = shrink.apply(y);
      double gain = 0;
      for (int j = 0; j < k; j++) {
        double mean = meanNorm / Math.sqrt(k);
        gain += Math.pow(y[j] - mean, 2) - Math.pow(shrunk[j] - mean, 2);
      }
      sum += gain;
      squares += gain * gain;
    }
    double mean = sum / draws;
    return mean / Math.sqrt((squares / draws - mean * mean) / draws);
  }
}
