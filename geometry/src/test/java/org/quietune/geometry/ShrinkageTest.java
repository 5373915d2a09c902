package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShrinkageTest {
  private static final int DRAWS = 4000;

  private static double squaredError(double[] estimate, double[] truth) {
    double sum = 0;
    for (int j = 0; j < truth.length; j++) {
      sum += (estimate[j] - truth[j]) * (estimate[j] - truth[j]);
    }
    return sum;
  }

  /**
   * Mean and standard error over draws of (error of the shrunk vector − error of y), and of
   * (Stein's estimate − error of the shrunk vector).
   */
  private static double[] measured(double[] truth, double sigma, double assumed, int[] ends) {
    SplittableRandom random = new SplittableRandom(11);
    double[] moments = new double[4];
    for (int draw = 0; draw < DRAWS; draw++) {
      double[] y = truth.clone();
      for (int j = 0; j < y.length; j++) {
        y[j] += sigma * random.nextGaussian();
      }
      Shrinkage shrunk = Shrinkage.jamesStein(y, assumed, ends);
      double error = squaredError(shrunk.vector(), truth);
      double gain = error - squaredError(y, truth);
      double bias = shrunk.estimatedRisk() - error;
      moments[0] += gain / DRAWS;
      moments[1] += gain * gain / DRAWS;
      moments[2] += bias / DRAWS;
      moments[3] += bias * bias / DRAWS;
    }
    return new double[] {
      moments[0],
      Math.sqrt((moments[1] - moments[0] * moments[0]) / DRAWS),
      moments[2],
      Math.sqrt((moments[3] - moments[2] * moments[2]) / DRAWS)
    };
  }

  /**
   * Lower risk than the vector itself, whatever the signal, by many standard errors where small.
   */
  @Test
  void lowersTheRiskOnAverage() {
    int k = 24;
    int[] ends = Shrinkage.equalBlocks(k, 3);
    for (double signal : new double[] {0, 0.5, 2}) {
      double[] truth = new double[k];
      Arrays.setAll(truth, j -> signal * 0.7 * (j < 8 ? 1 : 0.3) * (j % 2 == 0 ? 1 : -1));
      double[] result = measured(truth, 0.7, 0.49, ends);
      assertTrue(result[0] + 5.5 * result[1] < 0, signal + ": " + Arrays.toString(result));
      // Stein's estimate is unbiased: 5.5 standard errors, false alarm 4e-8 each.
      assertEquals(0, result[2], 5.5 * result[3], "signal " + signal);
    }
  }

  /** The twin that believes in six times the noise does harm on a strong signal, and is seen. */
  @Test
  void aWrongVarianceRaisesTheRisk() {
    double[] truth = new double[24];
    Arrays.fill(truth, 2);
    double[] result = measured(truth, 0.7, 6 * 0.49, Shrinkage.equalBlocks(24, 3));
    assertTrue(result[0] - 5.5 * result[1] > 0, Arrays.toString(result));
    assertTrue(Math.abs(result[2]) > 5.5 * result[3], "and so is its estimate of the risk");
  }

  @Property(tries = 50)
  void factorsLieBetweenZeroAndOne(
      @ForAll @IntRange(min = 1, max = 30) int k,
      @ForAll @IntRange(min = 1, max = 6) int blocks,
      @ForAll @DoubleRange(min = 0.01, max = 1000) double variance,
      @ForAll long seed) {
    double[] y = Matrices.uniform(new SplittableRandom(seed), k);
    int[] ends = Shrinkage.equalBlocks(k, Math.min(blocks, k));
    Shrinkage shrunk = Shrinkage.jamesStein(y, variance, ends);
    int from = 0;
    for (int b = 0; b < ends.length; b++) {
      double factor = shrunk.factors()[b];
      assertTrue(factor >= 0 && factor <= 1);
      assertEquals(ends[b] - from < 3, factor == 1 && ends[b] - from < 3);
      for (int j = from; j < ends[b]; j++) {
        assertEquals(factor * y[j], shrunk.vector()[j]);
      }
      from = ends[b];
    }
    assertEquals(k, from);
  }

  @Test
  void isTheFormulaOnOneBlock() {
    Shrinkage shrunk = Shrinkage.jamesStein(new double[] {3, 0, 4, 0, 0}, 2, new int[] {5});
    assertArrayEquals(new double[] {0.76}, shrunk.factors(), 1e-15);
    assertEquals(10 - 36.0 / 25, shrunk.estimatedRisk(), 1e-14);
    Shrinkage gone = Shrinkage.jamesStein(new double[] {1, 0, 0, 0, 1}, 2, new int[] {5});
    assertArrayEquals(new double[5], gone.vector());
    assertEquals(2 - 10, gone.estimatedRisk());
  }

  @Test
  void refusesNonsense() {
    double[] y = new double[4];
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(
          IllegalArgumentException.class, () -> Shrinkage.jamesStein(y, bad, new int[] {4}));
    }
    assertThrows(IllegalArgumentException.class, () -> Shrinkage.jamesStein(y, 1, new int[] {3}));
    assertThrows(
        IllegalArgumentException.class, () -> Shrinkage.jamesStein(y, 1, new int[] {3, 2, 4}));
    assertThrows(IllegalArgumentException.class, () -> Shrinkage.equalBlocks(3, 4));
  }
}
