package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.Example;
import org.quietune.release.NoisySum;
import org.quietune.release.PrivateRecords;

class UnitCountTest {

  /** {@code units} units of {@code recordsEach} records. */
  private static PrivateRecords<Example> records(int units, int recordsEach) {
    List<Example> examples = SmallTask.examples(units * recordsEach, 2, 1);
    return PrivateRecords.seal(
        () ->
            new PrivateRecords.Cursor<>() {
              private int index = -1;

              @Override
              public boolean advance() {
                index++;
                return index < examples.size();
              }

              @Override
              public Example record() {
                return examples.get(index);
              }

              @Override
              public boolean startsUnit() {
                return index % recordsEach == 0;
              }

              @Override
              public void close() {}
            },
        "patient");
  }

  @Test
  void countsUnitsAndNotRecords() {
    for (int recordsEach : new int[] {1, 3}) {
      NoisySum count =
          UnitCount.release(
              records(700, recordsEach), SmallTask.budget(1e4), SmallTask.seeded(recordsEach));
      // The noise has deviation 1e-4.
      assertEquals(700, UnitCount.value(count), 1e-3);
    }
  }

  @Test
  void hasTheStatedNoise() {
    double mu = 0.25;
    int seeds = 400;
    List<Double> errors = new ArrayList<>();
    PrivateRecords<Example> records = records(50, 2);
    for (int seed = 0; seed < seeds; seed++) {
      NoisySum count = UnitCount.release(records, SmallTask.budget(mu), SmallTask.seeded(seed));
      errors.add(count.vector()[0] - 50);
    }
    double meanSquare = errors.stream().mapToDouble(e -> e * e).average().orElseThrow() * mu * mu;
    // Mean of 400 squared standard normals: 5.3 deviations of √(2/400), false alarm below 1e-6.
    double band = 5.3 * Math.sqrt(2.0 / seeds);
    assertEquals(1, meanSquare, band);
    // The broken twin, half the noise, lies outside.
    assertTrue(Math.abs(meanSquare / 4 - 1) > band);
  }

  @Test
  void costsWhatItSays() {
    PrivacyBudget budget = new GaussianBudget(0.5, NeighboringRelation.REPLACE_ONE);
    NoisySum count = UnitCount.release(records(10, 1), budget, SmallTask.seeded(1));
    assertEquals(1, count.plan().clip().clipNorm());
    assertEquals(2 * GaussianDp.noiseMultiplier(0.5), count.plan().noise().multiplier());
    assertEquals(0.5, Guarantees.mu(count.plan()), 1e-15);
  }

  /** However the noise falls, a number of units that can be divided by. */
  @Test
  void valueIsAtLeastOne() {
    boolean held = false;
    for (int seed = 0; seed < 20; seed++) {
      NoisySum count =
          UnitCount.release(records(1, 1), SmallTask.budget(0.01), SmallTask.seeded(seed));
      assertEquals(Math.max(1, count.vector()[0]), UnitCount.value(count));
      held |= count.vector()[0] < 1;
    }
    assertTrue(held, "some noisy count lay below one");
  }
}
