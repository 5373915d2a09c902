package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.random.InsecureRandomness;

class PrivateSumTest {
  private static final InsecureRandomness TOKEN = InsecureRandomness.acknowledgeNoPrivacy();

  /** Noise of one cell's standard deviation or so: sums can be read off. */
  private static SumPlan nearlyNoiseless(int dimension, double clipNorm) {
    return new SumPlan(
        "test",
        dimension,
        new L2Clip(clipNorm),
        new GaussianNoise(0x1p-20),
        NeighboringRelation.ADD_OR_REMOVE_ONE);
  }

  private static NoisySum release(
      SumPlan plan, List<List<double[]>> units, int threads, long seed) {
    return new PrivateSum(plan, ReleaseContext.seeded(seed, threads, TOKEN))
        .release("sum", ListSource.sealed(units), new VectorRecords(plan.dimension()));
  }

  @Test
  void sumsUnitsAfterClippingEach() {
    List<List<double[]>> units =
        List.of(
            List.of(new double[] {3, 4}), // norm 5: clipped to 1
            List.of(new double[] {0.1, 0.2}),
            List.of(new double[] {Double.NaN, 0}));
    double[] sum = release(nearlyNoiseless(2, 1), units, 1, 1).vector();
    assertEquals(0.7, sum[0], 1e-5);
    assertEquals(1.0, sum[1], 1e-5);
  }

  @Test
  void recordsOfAUnitAreAddedBeforeTheClip() {
    // Clipping record by record would give (1, 0); the unit's own sum is (0.3, 0).
    List<List<double[]>> units = List.of(List.of(new double[] {5.3, 0}, new double[] {-5, 0}));
    double[] sum = release(nearlyNoiseless(2, 1), units, 1, 1).vector();
    assertEquals(0.3, sum[0], 1e-5);
  }

  @Test
  void aUnitMayCrossManyChunks() {
    List<double[]> long1 = Collections.nCopies(1000, new double[] {0.001, -0.0005});
    List<List<double[]>> units =
        List.of(List.of(new double[] {0, 0.25}), long1, long1, List.of(new double[] {-0.5, 0}));
    for (int threads : new int[] {1, 2, 3}) {
      double[] sum = release(nearlyNoiseless(2, 2), units, threads, 1).vector();
      assertEquals(1.5, sum[0], 1e-5);
      assertEquals(-0.75, sum[1], 1e-5);
    }
  }

  @Test
  void sameBitsForAnyThreadCountAndUnitOrder() {
    SplittableRandom random = new SplittableRandom(7);
    List<List<double[]>> units = new ArrayList<>();
    for (int u = 0; u < 3000; u++) {
      units.add(randomUnit(random, u % 3 == 0 ? 3 : 1));
    }
    SumPlan plan = nearlyNoiseless(5, 1);
    long[] reference = release(plan, units, 1, 42).cells();
    List<List<double[]>> shuffled = new ArrayList<>();
    Random order = new Random(3);
    for (List<double[]> unit : units) {
      List<double[]> records = new ArrayList<>(unit);
      Collections.shuffle(records, order);
      shuffled.add(records);
    }
    Collections.shuffle(shuffled, order);
    assertArrayEquals(reference, release(plan, units, 4, 42).cells());
    assertArrayEquals(reference, release(plan, shuffled, 2, 42).cells());
    assertFalse(Arrays.equals(reference, release(plan, units, 1, 43).cells()));
  }

  @Test
  void oneUnitMoreMovesTheSumByThatUnitsLatticeVectorExactly() {
    SplittableRandom random = new SplittableRandom(17);
    SumPlan plan = nearlyNoiseless(5, 1);
    List<List<double[]>> units = new ArrayList<>();
    for (int u = 0; u < 400; u++) {
      units.add(randomUnit(random, 1 + u % 3));
    }
    units.add(randomUnit(random, 700));
    VectorRecords map = new VectorRecords(5);
    for (int size : new int[] {1, 2, 255, 256, 257, 600}) {
      List<double[]> unit = randomUnit(random, size);
      long[] alone = sumOf(plan, List.of(unit), map);
      for (int place : new int[] {0, 1, 200, units.size()}) {
        List<List<double[]>> more = new ArrayList<>(units);
        more.add(place, unit);
        assertArrayEquals(alone, difference(sumOf(plan, more, map), sumOf(plan, units, map)));
      }
    }
    // The broken twin, whose vectors depend by a hair on the size of the batch, is found out.
    VectorMap<double[]> batchDependent =
        new VectorMap<>() {
          @Override
          public int dimension() {
            return 5;
          }

          @Override
          public void map(List<double[]> records, double[] out) {
            map.map(records, out);
            for (int i = 0; i < 5 * records.size(); i++) {
              out[i] *= 1 + 1e-9 * records.size();
            }
          }
        };
    List<double[]> unit = randomUnit(random, 1);
    List<List<double[]>> more = new ArrayList<>(units);
    more.add(0, unit);
    assertFalse(
        Arrays.equals(
            sumOf(plan, List.of(unit), batchDependent),
            difference(sumOf(plan, more, batchDependent), sumOf(plan, units, batchDependent))));
  }

  private static long[] sumOf(SumPlan plan, List<List<double[]>> units, VectorMap<double[]> map) {
    return new UnitSummation<>(plan.clip(), map, 2).sum(ListSource.sealed(units), () -> true);
  }

  private static long[] difference(long[] a, long[] b) {
    long[] difference = new long[a.length];
    Arrays.setAll(difference, j -> a[j] - b[j]);
    return difference;
  }

  private static List<double[]> randomUnit(SplittableRandom random, int records) {
    List<double[]> unit = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      unit.add(random.doubles(5, -1, 1).toArray());
    }
    return unit;
  }

  @Test
  void noRecordsGivePureNoise() {
    NoisySum sum = release(nearlyNoiseless(3, 1), List.of(), 2, 5);
    for (double v : sum.vector()) {
      assertEquals(0, v, 1e-4);
    }
    assertNotEquals(0, sum.cells()[0]);
  }

  @Test
  void noiseHasTheStatedDeviation() {
    // 20,000 coordinates: mean squared noise over variance has deviation .01; 6 of them is 2e-9.
    SumPlan plan =
        new SumPlan(
            "test",
            20_000,
            new L2Clip(2),
            new GaussianNoise(1.5),
            NeighboringRelation.ADD_OR_REMOVE_ONE);
    double squared = 0;
    for (double v : release(plan, List.of(), 1, 11).vector()) {
      squared += v * v;
    }
    double ratio = squared / 20_000 / Math.pow(plan.noiseScale(), 2);
    assertEquals(1, ratio, 0.06);
    // The broken twin, σ too small by 4 %, would fall outside.
    assertTrue(Math.abs(ratio * 0.96 * 0.96 - 1) > 0.06);
  }

  private static double mu(SumPlan plan) {
    return ((GaussianNoise) plan.noise()).mu(plan.relation());
  }

  @Test
  void replaceOneNeedsTwiceTheNoise() {
    L2Clip clip = new L2Clip(1);
    SumPlan add = SumPlan.forMu("a", 1, clip, 0.5, NeighboringRelation.ADD_OR_REMOVE_ONE);
    SumPlan replace = SumPlan.forMu("r", 1, clip, 0.5, NeighboringRelation.REPLACE_ONE);
    assertEquals(2 * add.noiseScale(), replace.noiseScale());
    assertTrue(mu(add) >= 0.5 && mu(add) < 0.5 * (1 + 1e-12));
    assertTrue(mu(replace) >= 0.5 && mu(replace) < 0.5 * (1 + 1e-12));
  }

  @Test
  void releasesOnce() {
    SumPlan plan = nearlyNoiseless(1, 1);
    PrivateSum sum = new PrivateSum(plan, ReleaseContext.seeded(1, 1, TOKEN));
    PrivateRecords<double[]> none = ListSource.sealed(List.<List<double[]>>of());
    sum.release("a", none, new VectorRecords(1));
    assertThrows(IllegalStateException.class, () -> sum.release("b", none, new VectorRecords(1)));
  }

  @Test
  void planRefusesWhatItCannotGuarantee() {
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 0x1p31}) {
      assertThrows(IllegalArgumentException.class, () -> new GaussianNoise(bad));
    }
  }
}
