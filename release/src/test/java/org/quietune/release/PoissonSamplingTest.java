package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PoissonSubsampledGaussianEvent;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.random.BernoulliFraction;
import org.quietune.random.BitSource;
import org.quietune.random.InsecureRandomness;
import org.quietune.random.NoiseSource;

/** The sample behind the door: its law, who may see it, and what is charged for it. */
class PoissonSamplingTest {
  private static final InsecureRandomness TOKEN = InsecureRandomness.acknowledgeNoPrivacy();
  private static final int UNITS = 40;
  private static final int RELEASES = 3000;
  private static final double Q = 0.3;

  private static SumPlan nearlyNoiseless(int dimension, double q) {
    return new SumPlan(
        "test",
        dimension,
        new L2Clip(1),
        new PoissonGaussianNoise(q, 0x1p-20),
        NeighboringRelation.ADD_OR_REMOVE_ONE);
  }

  /** Unit i's records add up to the i-th axis: so a sum shows who was in it. */
  private static List<List<double[]>> axes(int units, int records) {
    List<List<double[]>> all = new ArrayList<>();
    for (int i = 0; i < units; i++) {
      double[] part = new double[units];
      part[i] = 1.0 / records;
      all.add(Collections.nCopies(records, part));
    }
    return all;
  }

  private static boolean[] taken(NoisySum sum) {
    double[] vector = sum.vector();
    boolean[] taken = new boolean[vector.length];
    for (int i = 0; i < taken.length; i++) {
      assertTrue(
          Math.abs(vector[i]) < 1e-4 || Math.abs(vector[i] - 1) < 1e-4, "part of a unit was taken");
      taken[i] = vector[i] > 0.5;
    }
    return taken;
  }

  private static boolean[] taken(List<List<double[]>> units, double q, int threads, long seed) {
    return taken(
        new PrivateSum(
                nearlyNoiseless(units.size(), q), ReleaseContext.seeded(seed, threads, TOKEN))
            .release("sum", ListSource.sealed(units), new VectorRecords(units.size())));
  }

  /** Who was taken, release by release, under a rule that decides for each unit. */
  private interface Sampler {
    boolean[] sample(int release);
  }

  /**
   * Whether the mean number of takings, of takings of both of two neighbors in the stream, and of
   * takings of one unit in two successive releases all fit independent coins of probability {@code
   * Q}. By Hoeffding's inequality each of the three fails a correct sampler with probability at
   * most 1e-7.
   */
  private static boolean fits(Sampler sampler) {
    long single = 0;
    long both = 0;
    long again = 0;
    boolean[] last = new boolean[UNITS];
    for (int r = 0; r < RELEASES; r++) {
      boolean[] now = sampler.sample(r);
      for (int i = 0; i < UNITS; i++) {
        single += now[i] ? 1 : 0;
        both += i % 2 == 1 && now[i] && now[i - 1] ? 1 : 0;
        again += r % 2 == 1 && now[i] && last[i] ? 1 : 0;
      }
      last = now;
    }
    int n = RELEASES * UNITS;
    return near(single, n, Q) && near(both, n / 2, Q * Q) && near(again, n / 2, Q * Q);
  }

  private static boolean near(long count, int trials, double probability) {
    return Math.abs(count - trials * probability) < Math.sqrt(trials * Math.log(2e7) / 2);
  }

  @Test
  void everyUnitIsTakenByItsOwnCoin() {
    List<List<double[]>> units = axes(UNITS, 1);
    assertTrue(fits(release -> taken(units, Q, 1, release)));

    // Broken twins: odds 6 % high; one coin for two units; the same sample twice.
    BitSource bits = NoiseSource.seeded(1, TOKEN).open();
    assertFalse(fits(release -> tosses(bits, Q * 1.06)));
    assertFalse(
        fits(
            release -> {
              boolean[] sample = tosses(bits, Q);
              for (int i = 1; i < UNITS; i += 2) {
                sample[i] = sample[i - 1];
              }
              return sample;
            }));
    assertFalse(fits(release -> taken(units, Q, 1, release / 2)));
  }

  private static boolean[] tosses(BitSource bits, double q) {
    BernoulliFraction coin = BernoulliFraction.of(q);
    boolean[] sample = new boolean[UNITS];
    for (int i = 0; i < UNITS; i++) {
      sample[i] = coin.sample(bits);
    }
    return sample;
  }

  /** 64 units of 3 records: a sampler of records would split one with probability 1 − 1e-16. */
  @Test
  void aUnitIsTakenWholeOrNotAtAll() {
    boolean[] taken = taken(axes(64, 3), 0.5, 2, 5);
    assertFalse(Arrays.equals(new boolean[64], taken));
    assertFalse(allTrue(taken));
    // Twin: the same records without their grouping; the check itself finds the parts.
    List<List<double[]>> ungrouped =
        axes(64, 3).stream().flatMap(List::stream).map(List::of).toList();
    assertThrows(AssertionError.class, () -> taken(withDimension(ungrouped)));
  }

  private static NoisySum withDimension(List<List<double[]>> units) {
    return new PrivateSum(nearlyNoiseless(64, 0.5), ReleaseContext.seeded(5, 1, TOKEN))
        .release("sum", ListSource.sealed(units), new VectorRecords(64));
  }

  private static boolean allTrue(boolean[] values) {
    for (boolean value : values) {
      if (!value) {
        return false;
      }
    }
    return true;
  }

  /** Longer than a chunk, so that a taken unit comes in pieces and a skipped one leaves none. */
  @Test
  void longUnitsToo() {
    List<List<double[]>> units = axes(8, 1000);
    boolean[] one = taken(units, 0.5, 1, 3);
    assertFalse(allTrue(one));
    assertFalse(Arrays.equals(new boolean[8], one));
    assertArrayEquals(one, taken(units, 0.5, 3, 3));
    assertArrayEquals(one, taken(axes(8, 1), 0.5, 2, 3));
  }

  @Test
  void sameBitsForAnyThreadCount() {
    List<List<double[]>> units = new ArrayList<>(axes(300, 1));
    for (int i = 0; i < units.size(); i += 7) {
      units.set(i, Collections.nCopies(300, units.get(i).get(0).clone()));
    }
    SumPlan plan =
        new SumPlan(
            "test",
            300,
            new L2Clip(1),
            new PoissonGaussianNoise(0.4, 2),
            NeighboringRelation.ADD_OR_REMOVE_ONE);
    long[] reference = cells(plan, units, 1);
    for (int threads : new int[] {2, 3, 5}) {
      assertArrayEquals(reference, cells(plan, units, threads));
    }
  }

  private static long[] cells(SumPlan plan, List<List<double[]>> units, int threads) {
    return new PrivateSum(plan, ReleaseContext.seeded(77, threads, TOKEN))
        .release("sum", ListSource.sealed(units), new VectorRecords(plan.dimension()))
        .cells();
  }

  /** The sum is the taken units' and nobody else's, to the cell: S is what the sample says. */
  @Test
  void theSumIsThatOfTheSample() {
    SumPlan plan = nearlyNoiseless(3, 0.5);
    List<List<double[]>> units =
        List.of(
            List.of(new double[] {0.5, 0, 0}),
            List.of(new double[] {0, 0.25, 0}, new double[] {0, 0.25, 0}),
            List.of(new double[] {Double.NaN, 0, 0}),
            List.of(new double[] {0, 0, 7}));
    for (int pattern = 0; pattern < 16; pattern++) {
      int taken = pattern;
      int[] next = new int[1];
      long[] sum =
          new UnitSummation<>(plan.clip(), new VectorRecords(3), 2)
              .sum(ListSource.sealed(units), () -> (taken >> next[0]++ & 1) == 1);
      long cells = plan.clip().cells();
      assertEquals(units.size(), next[0], "one question per unit");
      assertArrayEquals(
          new long[] {
            (taken & 1) == 1 ? cells / 2 : 0,
            (taken >> 1 & 1) == 1 ? cells / 2 : 0,
            (taken >> 3 & 1) == 1 ? cells : 0
          },
          sum);
    }
  }

  @Test
  void theSampledEventIsCharged() {
    List<PrivacyEvent> charged = new ArrayList<>();
    List<String> order = new ArrayList<>();
    Ledger ledger =
        new Ledger() {
          @Override
          public Receipt charge(Charge charge) {
            order.add("charge");
            charged.add(charge.event());
            return new Receipt(1, "h");
          }

          @Override
          public Receipt setBudget(Budget budget) {
            throw new UnsupportedOperationException();
          }

          @Override
          public LedgerBook read() {
            return LedgerBook.verified("test", List.of());
          }

          @Override
          public void close() {}
        };
    PrivateRecords<double[]> records =
        PrivateRecords.seal(
            () -> {
              order.add("read");
              return new ListSource<>(axes(4, 1)).open();
            },
            "unit");
    SumStore store =
        (name, sum) -> {
          order.add("store");
          return sum;
        };
    NoisySum sum =
        new PrivateSum(
                nearlyNoiseless(4, 0.125), ReleaseContext.durable(ledger, "d", "r", store, 1))
            .release("round", records, new VectorRecords(4));
    PrivacyEvent expected = new PoissonSubsampledGaussianEvent(0.125, 0x1p-20);
    assertEquals(List.of(expected), charged);
    assertEquals(expected, sum.plan().event());
    assertEquals(List.of("charge", "read", "store"), order);
  }

  @Test
  void refusesWhatHasNoProof() {
    PoissonGaussianNoise noise = new PoissonGaussianNoise(0.5, 1);
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> new SumPlan("test", 1, new L2Clip(1), noise, NeighboringRelation.REPLACE_ONE));
    assertTrue(refusal.toString().contains("add-remove"), refusal.toString());
    for (double bad : new double[] {0, 1, -1, 2, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> new PoissonGaussianNoise(bad, 1));
    }
    assertThrows(IllegalArgumentException.class, () -> new PoissonGaussianNoise(0.5, 0));
  }
}
