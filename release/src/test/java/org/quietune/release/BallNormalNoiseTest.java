package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.accounting.NeighboringRelation;

/** Theorem 2 against exact enumeration: no two neighbors differ by more than ε, and ε is needed. */
class BallNormalNoiseTest {
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;
  private static final NeighboringRelation REPLACE = NeighboringRelation.REPLACE_ONE;

  /** The least radius, in cells, that the sampler takes. */
  private static long leastRadius(int dimension, double stddev, long centerRadius) {
    for (long radius = centerRadius; ; radius++) {
      try {
        BallNormalSampler.of(dimension, stddev, centerRadius, radius);
        return radius;
      } catch (IllegalArgumentException tooSmall) {
        assertTrue(String.valueOf(tooSmall.getMessage()).contains("radius"));
      }
    }
  }

  /** What may be done to a sum before noise is added. */
  private interface Center {
    long[] of(long[] sum);
  }

  /** The largest log ratio over all pairs of sums in a box whose distance is at most Δ. */
  private static double worstPair(
      int dimension, long box, long sensitivity, double stddev, long radius, Center center) {
    List<long[]> sums = new ArrayList<>();
    for (long a = -box; a <= box; a++) {
      for (long b = dimension == 1 ? 0 : -box; b <= (dimension == 1 ? 0 : box); b++) {
        sums.add(dimension == 1 ? new long[] {a} : new long[] {a, b});
      }
    }
    Map<List<Long>, Map<List<Long>, Double>> laws = new HashMap<>();
    double worst = 0;
    for (long[] one : sums) {
      for (long[] other : sums) {
        if (squaredDistance(one, other) <= sensitivity * sensitivity) {
          worst =
              Math.max(
                  worst,
                  BallLaw.largestLogRatio(
                      law(laws, center.of(one), stddev, radius),
                      law(laws, center.of(other), stddev, radius)));
        }
      }
    }
    return worst;
  }

  private static Map<List<Long>, Double> law(
      Map<List<Long>, Map<List<Long>, Double>> known, long[] center, double stddev, long radius) {
    return known.computeIfAbsent(BallLaw.key(center), key -> BallLaw.of(center, stddev, radius));
  }

  private static long squaredDistance(long[] a, long[] b) {
    long squared = 0;
    for (int j = 0; j < a.length; j++) {
      squared += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return squared;
  }

  private static double certified(
      int dimension, long sensitivity, long centerRadius, long radius, double stddev) {
    return BallNormalNoise.event(
            dimension, sensitivity, centerRadius, radius, new BigDecimal(stddev))
        .epsilon();
  }

  @ParameterizedTest
  @CsvSource({"1,1,2,2.5", "1,3,5,4", "1,6,3,10", "2,1,2,2", "2,2,3,3", "2,3,2,5"})
  void noNeighborsDifferByMoreThanEpsilon(
      int dimension, long sensitivity, long centerRadius, double stddev) {
    long radius = leastRadius(dimension, stddev, centerRadius);
    long box = centerRadius + sensitivity + (dimension == 1 ? 6 : 1);
    double worst =
        worstPair(
            dimension, box, sensitivity, stddev, radius, new BallProjection(centerRadius)::project);
    double epsilon = certified(dimension, sensitivity, centerRadius, radius, stddev);
    assertTrue(worst <= epsilon, worst + " > " + epsilon);
    // On so coarse a lattice the truncation has a large part in ε.
    assertTrue(worst > 0.2 * epsilon, worst + " is far from " + epsilon);
  }

  /** On a fine lattice ε is nearly reached, so noise that is 3 % too small does not keep it. */
  @Test
  void noiseThatIsThreePercentShortBreaksTheGuarantee() {
    long sensitivity = 256;
    long centerRadius = 128;
    double stddev = 20 * 256;
    long radius = leastRadius(1, stddev, centerRadius);
    double epsilon = certified(1, sensitivity, centerRadius, radius, stddev);
    assertTrue(spread(stddev, radius) <= epsilon);
    assertTrue(spread(0.97 * stddev, radius) > epsilon);
  }

  private static double spread(double stddev, long radius) {
    return BallLaw.largestLogRatio(
        BallLaw.of(new long[] {128}, stddev, radius),
        BallLaw.of(new long[] {-128}, stddev, radius));
  }

  /** Without the projection a long sum leaves the guarantee. */
  @Test
  void centersOutsideTheirRadiusBreakTheGuarantee() {
    long sensitivity = 8;
    long centerRadius = 8;
    double stddev = 60;
    long radius = leastRadius(1, stddev, centerRadius);
    double epsilon = certified(1, sensitivity, centerRadius, radius, stddev);
    double outside =
        BallLaw.largestLogRatio(
            BallLaw.of(new long[] {10 * radius}, stddev, radius),
            BallLaw.of(new long[] {10 * radius + sensitivity}, stddev, radius));
    assertTrue(outside > epsilon, outside + " keeps " + epsilon);
    assertTrue(
        worstPair(1, 40, sensitivity, stddev, radius, new BallProjection(centerRadius)::project)
            <= epsilon);
  }

  /** In one coordinate and at the center the classical factor is 2ρ; ours is ρ + s. */
  @Test
  void epsilonIsTheFormulaRoundedUp() {
    // (Δ + h)(2ρ + 2s + h)/(2σ²) with Δ = 255, h = 1, ρ = 40, s = 7, σ = 16: 256·95/512 = 47.5.
    assertEquals(47.5, certified(1, 255, 7, 40, 16));
    // h = ⌈√2⌉ = 2, σ = 3: 4·(20 + 6 + 2)/18 = 56/9, rounded up.
    double third = certified(2, 2, 3, 10, 3);
    assertTrue(
        new BigDecimal(third).multiply(BigDecimal.valueOf(9)).compareTo(BigDecimal.valueOf(56))
            >= 0);
    assertTrue(
        new BigDecimal(Math.nextDown(third))
                .multiply(BigDecimal.valueOf(9))
                .compareTo(BigDecimal.valueOf(56))
            < 0);
    assertEquals(
        BallNormalNoise.event(3, 512, 100, 4096, new BigDecimal(700)),
        new BallNormalNoise(700 / 256.0, 100 / 256.0, 16).event(3, new L2Clip(5, 8), REPLACE));
  }

  @Property(tries = 300)
  void calibratedNoiseKeepsItsEpsilonAndCanBeSampled(
      @ForAll("epsilons") double epsilon,
      @ForAll("dimensions") int dimension,
      @ForAll("centerRadii") double centerRadius,
      @ForAll NeighboringRelation relation) {
    L2Clip clip = new L2Clip(0.3);
    BallNormalNoise noise =
        BallNormalNoise.forEpsilon(epsilon, dimension, clip, centerRadius, relation);
    double certified = noise.event(dimension, clip, relation).epsilon();
    assertTrue(certified <= epsilon, certified + " > " + epsilon);
    assertEquals(epsilon, certified, 1e-9 * epsilon);
    SumPlan plan = new SumPlan("test", dimension, clip, noise, relation);
    assertTrue(NoiseSampler.of(plan) instanceof BallNormalSampler);
  }

  @Provide
  Arbitrary<Double> epsilons() {
    return Arbitraries.of(1e-3, 0.1, 0.5, 1.0, Math.PI, 8.0, 1000.0);
  }

  @Provide
  Arbitrary<Integer> dimensions() {
    return Arbitraries.of(1, 2, 3, 16, 64, 262, 2000, 54_000);
  }

  @Provide
  Arbitrary<Double> centerRadii() {
    return Arbitraries.of(0.1, 1.0, 37.0, 1451.0, 1e5);
  }

  @Test
  void replacingAUnitTakesAboutTwiceTheNoise() {
    L2Clip clip = new L2Clip(1);
    double add = BallNormalNoise.forEpsilon(1, 16, clip, 1, ADD).multiplier();
    double replace = BallNormalNoise.forEpsilon(1, 16, clip, 1, REPLACE).multiplier();
    // σ = Δ√k/ε where the center radius is small.
    assertEquals(4, add, 0.6);
    assertEquals(2 * add, replace, 0.6);
  }

  @Test
  void refusalsSayWhatToChange() {
    L2Clip clip = new L2Clip(1);
    String message =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> BallNormalNoise.forEpsilon(1e-12, 64, clip, 10, ADD))
                .getMessage());
    assertTrue(message.contains("fewer directions, a larger epsilon"), message);
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(
          IllegalArgumentException.class, () -> BallNormalNoise.forEpsilon(bad, 1, clip, 1, ADD));
      assertThrows(IllegalArgumentException.class, () -> new BallNormalNoise(bad, 1, 2));
      assertThrows(IllegalArgumentException.class, () -> new BallNormalNoise(1, bad, 2));
      assertThrows(IllegalArgumentException.class, () -> new BallNormalNoise(1, 1, bad));
    }
    assertThrows(IllegalArgumentException.class, () -> new BallNormalNoise(1, 2, 1.5));
  }
}
