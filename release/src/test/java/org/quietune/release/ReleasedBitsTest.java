package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.random.InsecureRandomness;

/**
 * The attack that broke floating-point mechanisms (Mironov 2012; Jin et al. 2021), on whole
 * releases: does the format of a released double tell whether one unit took part?
 *
 * <p>The unit adds one cell to each of 65,536 coordinates, so the sums are 0 or 1 cell; σ is ten
 * cells. The attacker learns from labeled releases which formats (exponent and trailing zeros) come
 * from which sum, and guesses on fresh ones, coordinate by coordinate. Against the promised law no
 * guess is right with a probability above Φ(1/20).
 */
class ReleasedBitsTest {
  private static final int DIMENSION = 1 << 16;
  private static final double CELL = 0x1p-8;
  private static final double RIGHT = 0.5199388058383725;
  private static final int TRAINING = 4;
  private static final int RELEASES = 16;

  /** What a mechanism releases with and without the unit, by seed. */
  private record Mechanism(IntFunction<double[]> without, IntFunction<double[]> with) {}

  @Test
  void theDoorRevealsNoMoreThanItPromises() {
    SumPlan plan =
        SumPlan.forMu(
            "bits", DIMENSION, new L2Clip(1, 8), 25.6, NeighboringRelation.ADD_OR_REMOVE_ONE);
    assertEquals(10 * CELL, plan.noiseScale(), 1e-12);
    double[] unit = new double[DIMENSION];
    Arrays.fill(unit, CELL);
    Mechanism door =
        new Mechanism(
            seed -> release(plan, List.of(), seed),
            seed -> release(plan, List.of(List.of(unit)), seed));
    assertTrue(withstands(door));
  }

  /** The broken twin: the same sums and noise in doubles. */
  @Test
  void floatingPointNoiseRevealsTheUnit() {
    assertFalse(withstands(new Mechanism(seed -> plain(0, seed), seed -> plain(CELL, seed))));
  }

  private static double[] release(SumPlan plan, List<List<double[]>> units, int seed) {
    ReleaseContext context =
        ReleaseContext.seeded(seed, 1, InsecureRandomness.acknowledgeNoPrivacy());
    return new PrivateSum(plan, context)
        .release("sum", ListSource.sealed(units), new VectorRecords(DIMENSION))
        .vector();
  }

  private static double[] plain(double sum, int seed) {
    Random random = new Random(seed);
    double[] released = new double[DIMENSION];
    Arrays.setAll(released, j -> sum + 10 * CELL * random.nextGaussian());
    return released;
  }

  private static boolean withstands(Mechanism mechanism) {
    Map<Integer, Integer> evidence = new HashMap<>();
    for (int seed = 0; seed < TRAINING; seed++) {
      for (double y : mechanism.without.apply(2 * seed)) {
        evidence.merge(format(y), -1, Integer::sum);
      }
      for (double y : mechanism.with.apply(2 * seed + 1)) {
        evidence.merge(format(y), 1, Integer::sum);
      }
    }
    long right = 0;
    for (int seed = TRAINING; seed < TRAINING + RELEASES; seed++) {
      for (double y : mechanism.without.apply(2 * seed)) {
        right += evidence.getOrDefault(format(y), 0) <= 0 ? 1 : 0;
      }
      for (double y : mechanism.with.apply(2 * seed + 1)) {
        right += evidence.getOrDefault(format(y), 0) > 0 ? 1 : 0;
      }
    }
    double trials = 2.0 * RELEASES * DIMENSION;
    // Hoeffding: more than this above the mean happens with a probability below 1e-7.
    return right <= trials * RIGHT + Math.sqrt(trials * Math.log(1e7) / 2);
  }

  private static int format(double y) {
    return 64 * Math.getExponent(y)
        + Long.numberOfTrailingZeros(Double.doubleToLongBits(y) | 1L << 52);
  }
}
