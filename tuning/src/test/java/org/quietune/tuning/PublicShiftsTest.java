package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.quietune.data.Example;
import org.quietune.geometry.Whitener;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.NoisySum;

class PublicShiftsTest {
  private static final ModelFile MODEL = SmallTask.logistic(0.5, 3);

  private static Example example(double x0, double x1) {
    return new Example(new float[] {(float) x0, (float) x1}, 0);
  }

  /** The first column parts 2 from 2, the second (a missing value is 4/3, the mean) 1 from 3. */
  @Test
  void partsByHand() {
    List<Example> records =
        List.of(example(1, 0), example(2, 0), example(3, 4), example(4, Double.NaN));
    List<double[]> means = PublicShifts.partMeans(records, new double[] {1, 2, 4, 8}, 1);
    // Medians 2.5 and 2/3: (4 + 8)/2, (1 + 2)/2, and above 2/3 lie 4 and the missing one.
    assertEquals(4, means.size());
    assertArrayEquals(new double[] {6}, means.get(0), 1e-12);
    assertArrayEquals(new double[] {1.5}, means.get(1), 1e-12);
    assertArrayEquals(new double[] {6}, means.get(2), 1e-12);
  }

  /**
   * A column that hardly ever is anything but its largest value parts at that value or not at all.
   */
  @Test
  void columnsThatDoNotPartTellNothing() {
    List<Example> records = new ArrayList<>();
    double[] rows = new double[20];
    for (int i = 0; i < 20; i++) {
      records.add(example(i < 5 ? 0 : 1, i < 1 ? 0 : 1));
      rows[i] = i;
    }
    List<double[]> means = PublicShifts.partMeans(records, rows, 1);
    assertEquals(2, means.size());
    assertArrayEquals(new double[] {12}, means.get(0), 1e-12);
    assertArrayEquals(new double[] {2}, means.get(1), 1e-12);
  }

  /** Of 6,000 columns every third is looked at. */
  @Test
  void veryManyColumnsPartBySome() {
    List<Example> records = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      float[] features = new float[6000];
      features[3] = i;
      features[4] = i;
      records.add(new Example(features, 0));
    }
    assertEquals(2, PublicShifts.partMeans(records, new double[] {1, 2, 4, 8}, 1).size());
  }

  /**
   * Regression of m on y in simulated releases finds √q times the factor; half of it, and one that
   * knows nothing of the noise, are found out.
   */
  @Test
  void theFactorIsThatOfThePosteriorMean() {
    double q = 0.4;
    double left = 0.6;
    double noise = 0.3;
    double records = 20;
    SplittableRandom random = new SplittableRandom(1);
    java.util.Random normal = new java.util.Random(random.nextLong());
    double my = 0;
    double yy = 0;
    for (int i = 0; i < 200_000; i++) {
      double m = Math.sqrt(q) * normal.nextGaussian();
      double mean = left * m + Math.sqrt(left / records) * normal.nextGaussian();
      double y = Math.sqrt(q) * mean + noise * normal.nextGaussian();
      my += m * y;
      yy += y * y;
    }
    double slope = my / yy;
    double factor = PublicShifts.factor(q, left, noise, records);
    // Its standard error is below √(q/(200,000·yy/n)) = .003.
    assertEquals(slope, Math.sqrt(q) * factor, 0.01);
    assertTrue(Math.abs(slope - Math.sqrt(q) * factor / 2) > 0.1);
    assertTrue(Math.abs(slope - Math.sqrt(q) * PublicShifts.factor(q, left, 1e-9, records)) > 0.1);
  }

  @Test
  void muchNoiseMeansNoStepAndNoneUndoesWeightsAndScale() {
    assertTrue(PublicShifts.factor(0.01, 0.5, 1e6, 100) < 1e-14);
    assertEquals(1 / (0.5 * 0.01), PublicShifts.factor(0.01, 0.5, 1e-12, 1e15), 1e-3);
  }

  /** The step is −B'ᵀ F y/n̄, and what is kept of the round makes it again, bit for bit. */
  @Test
  void aRoundStepsByItsFactors() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, 80, SmallTask.budget(1));
      Whitener inner = task.curvature(task.theta()).whitener(0.2);
      Round round = PublicShifts.of(task, task.theta(), inner).round(GaussianBudget.in(task), 0.1);
      NoisySum sum = round.release(task, task.theta(), SmallTask.seeded(7), "round");
      double[] vector = sum.vector();
      double[] factors = round.factors();
      assertEquals(vector.length, factors.length);
      for (int j = 0; j < vector.length; j++) {
        assertTrue(factors[j] > 0);
        vector[j] *= factors[j];
      }
      double[] expected = round.whitener().unwhiten(vector);
      for (int j = 0; j < expected.length; j++) {
        expected[j] = task.theta()[j] - expected[j] / 80;
      }
      double[] stepped = round.step(task, task.theta(), sum);
      assertArrayEquals(expected, stepped, 1e-12);
      RoundFormat format = new RoundFormat();
      Round again = format.decode(format.encode(round));
      assertArrayEquals(stepped, again.step(task, task.theta(), sum), 0.0);
    }
  }

  /** Columns without spread part nothing. */
  @Test
  void noPartsNoShifts() {
    try (Network network = Network.of(MODEL)) {
      List<Example> same = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        same.add(new Example(new float[] {1, 2, 3}, i % 2));
      }
      FineTuningTask task =
          SmallTask.of(MODEL, network, same, SmallTask.examples(80, 2, 2), 80, SmallTask.budget(1));
      assertFalse(PublicShifts.exist(task));
      assertFalse(
          RoundsPlan.automatic(task, task.curvature(task.theta())).legs().get(0).alongShifts());
    }
  }
}
