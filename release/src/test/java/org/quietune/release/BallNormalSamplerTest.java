package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quietune.random.BitSource;
import org.quietune.random.InsecureRandomness;
import org.quietune.random.NoiseSource;
import org.quietune.random.RoundedNormal;

/** The sampler against the enumerated law, and the same test on broken twins. Seeded. */
class BallNormalSamplerTest {
  private static final double ALPHA = 1e-7;
  private static final int SAMPLES = 200_000;
  private static final double STDDEV = 2;
  private static final long CENTER_RADIUS = 3;
  private static final long RADIUS = 6;

  private static BitSource bits(long seed) {
    return NoiseSource.seeded(seed, InsecureRandomness.acknowledgeNoPrivacy()).open();
  }

  private static Supplier<long[]> draws(double stddev, long centerRadius, long radius, long[] sum) {
    return draws(stddev, centerRadius, radius, sum, bits(11));
  }

  private static Supplier<long[]> draws(
      double stddev, long centerRadius, long radius, long[] sum, BitSource bits) {
    BallNormalSampler sampler = BallNormalSampler.of(sum.length, stddev, centerRadius, radius);
    return () -> sampler.draw(bits, 1).perturb(sum);
  }

  /**
   * By the bound P(count as far off as this) ≤ 2 exp(−n KL(observed ‖ p)), for each point and for
   * each disc around the center, which pool what a wrong σ does to the points.
   */
  private static boolean accepts(
      Map<List<Long>, Double> law, long[] center, Supplier<long[]> sampler) {
    Map<List<Long>, Integer> counts = new HashMap<>();
    for (int i = 0; i < SAMPLES; i++) {
      counts.merge(BallLaw.key(sampler.get()), 1, Integer::sum);
    }
    if (!law.keySet().containsAll(counts.keySet())) {
      return false;
    }
    TreeMap<Long, List<List<Long>>> rings = new TreeMap<>();
    for (List<Long> point : law.keySet()) {
      rings.computeIfAbsent(squaredDistance(point, center), d -> new ArrayList<>()).add(point);
    }
    double limit = Math.log(2 * (law.size() + rings.size()) / ALPHA) / SAMPLES;
    double discMass = 0;
    int discCount = 0;
    for (List<List<Long>> ring : rings.values()) {
      for (List<Long> point : ring) {
        double mass = law.getOrDefault(point, 0.0);
        int count = counts.getOrDefault(point, 0);
        discMass += mass;
        discCount += count;
        if (divergence(count, mass) >= limit) {
          return false;
        }
      }
      // The last disc is everything, and its mass is 1 up to rounding.
      if (divergence(discCount, Math.min(1, discMass)) >= limit) {
        return false;
      }
    }
    return true;
  }

  private static long squaredDistance(List<Long> point, long[] center) {
    long squared = 0;
    for (int j = 0; j < center.length; j++) {
      squared += (point.get(j) - center[j]) * (point.get(j) - center[j]);
    }
    return squared;
  }

  private static double divergence(int count, double p) {
    double observed = count / (double) SAMPLES;
    return term(observed, p) + term(1 - observed, 1 - p);
  }

  private static double term(double observed, double p) {
    return observed == 0 ? 0 : observed * Math.log(observed / p);
  }

  @Test
  void hasTheLawAndTheTestRejectsItsTwins() {
    // (−20, 0) is outside the center radius: it is shortened to (−3, 0).
    for (long[] sum : List.of(new long[] {1, -2}, new long[] {-20, 0}, new long[] {2})) {
      long[] center = new BallProjection(CENTER_RADIUS).project(sum);
      Map<List<Long>, Double> law = BallLaw.of(center, STDDEV, RADIUS);
      assertTrue(accepts(law, center, draws(STDDEV, CENTER_RADIUS, RADIUS, sum)));
      assertFalse(accepts(law, center, untruncated(center)), "no check of the norm");
      assertFalse(
          accepts(law, center, draws(0.97 * STDDEV, CENTER_RADIUS, RADIUS, sum)), "σ short");
      assertFalse(
          accepts(law, center, draws(STDDEV, CENTER_RADIUS, RADIUS + 1, sum)), "ball too large");
      assertFalse(accepts(law, center, clamped(center)), "clamped in place of rejected");
    }
    long[] onTheSphere = {-3, 0};
    assertFalse(
        accepts(
            BallLaw.of(onTheSphere, STDDEV, RADIUS),
            onTheSphere,
            draws(STDDEV, CENTER_RADIUS + 1, RADIUS + 1, new long[] {-20, 0})),
        "projected too little");
  }

  /** The same law on bits that no seed repeats; a false alarm has probability 3e-7. */
  @Test
  @Tag("slow")
  void hasTheLawOnFreshBits() {
    BitSource fresh = NoiseSource.secure().open();
    for (long[] sum : List.of(new long[] {1, -2}, new long[] {-20, 0}, new long[] {2})) {
      long[] center = new BallProjection(CENTER_RADIUS).project(sum);
      assertTrue(
          accepts(
              BallLaw.of(center, STDDEV, RADIUS),
              center,
              draws(STDDEV, CENTER_RADIUS, RADIUS, sum, fresh)));
    }
  }

  private static Supplier<long[]> untruncated(long[] center) {
    RoundedNormal normal = RoundedNormal.of(STDDEV);
    BitSource bits = bits(11);
    return () -> {
      long[] y = new long[center.length];
      normal.fill(y, bits);
      for (int j = 0; j < y.length; j++) {
        y[j] += center[j];
      }
      return y;
    };
  }

  private static Supplier<long[]> clamped(long[] center) {
    Supplier<long[]> untruncated = untruncated(center);
    return () -> new BallProjection(RADIUS).project(untruncated.get());
  }

  /** Drawing ahead changes when bits are read, and nothing else. */
  @Test
  void takesTheFirstProposalThatPasses() {
    BallNormalSampler sampler = BallNormalSampler.of(2, STDDEV, CENTER_RADIUS, RADIUS);
    for (int seed = 0; seed < 200; seed++) {
      long[] expected = sampler.draw(bits(seed), 1).perturb(new long[] {3, 1});
      assertArrayEquals(expected, sampler.draw(bits(seed)).perturb(new long[] {3, 1}));
      assertArrayEquals(expected, sampler.draw(bits(seed), 2).perturb(new long[] {3, 1}));
    }
  }

  @Test
  void allBitsAreReadBeforeTheSumIsSeen() {
    long[] words = new long[1];
    BitSource seeded = bits(1);
    BitSource counting =
        () -> {
          words[0]++;
          return seeded.nextInt();
        };
    NoiseSampler.Perturbation noise = BallNormalSampler.of(3, 100, 500, 600).draw(counting);
    long before = words[0];
    noise.perturb(new long[] {1L << 40, -5, 0});
    assertEquals(before, words[0]);
    assertTrue(before > 309 * 3);
  }

  /** The bound of ¼ at its worst place, a sum on the sphere; 20,000 draws have deviation .003. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 64, 300})
  void acceptsAtLeastOneProposalInFour(int dimension) {
    for (double stddev : new double[] {0.5, 30, 3e5}) {
      long centerRadius = Math.max(1, Math.round(1.3 * stddev * Math.sqrt(dimension)));
      double least = Math.sqrt(centerRadius * (double) centerRadius + dimension * stddev * stddev);
      long radius = (long) Math.ceil(least + BallProjection.truncationSlack(dimension) / 2.0);
      assertTrue(acceptance(dimension, stddev, centerRadius, radius) > 0.25);
      // The twin: with the center on the boundary of a smaller ball, too many fall outside.
      assertThrows(
          IllegalArgumentException.class,
          () ->
              BallNormalSampler.of(
                  dimension, stddev, centerRadius, radius - Math.round(0.3 * stddev) - 2));
    }
  }

  private static double acceptance(int dimension, double stddev, long centerRadius, long radius) {
    BallNormalSampler sampler = BallNormalSampler.of(dimension, stddev, centerRadius, radius);
    RoundedNormal normal = RoundedNormal.of(stddev);
    long[] center = new long[dimension];
    center[0] = centerRadius;
    BitSource bits = bits(dimension);
    int accepted = 0;
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      long[] proposal = new long[dimension];
      normal.fill(proposal, bits);
      accepted += sampler.isInside(center, proposal) ? 1 : 0;
    }
    return accepted / (double) draws;
  }

  /** The norm check against big integers, at every magnitude, saturated proposals included. */
  @Test
  void theNormCheckIsExact() {
    SplittableRandom random = new SplittableRandom(9);
    int inside = 0;
    for (int t = 0; t < 20_000; t++) {
      int k = random.nextInt(1, 6);
      int magnitude = random.nextInt(2, 59);
      long radius = (1L << magnitude) + random.nextLong(1L << (magnitude - 1));
      radius = Math.min(radius, 1L << 59);
      long[] center = new long[k];
      long[] proposal = new long[k];
      center[0] = random.nextLong(-radius / 2, radius / 2);
      BigInteger square = BigInteger.ZERO;
      for (int j = 0; j < k; j++) {
        proposal[j] = random.nextLong(-radius, radius + 1);
        if (random.nextInt(10) == 0) {
          proposal[j] = random.nextBoolean() ? Long.MAX_VALUE : -Long.MAX_VALUE;
        }
        square =
            square.add(BigInteger.valueOf(center[j]).add(BigInteger.valueOf(proposal[j])).pow(2));
      }
      boolean expected = square.compareTo(BigInteger.valueOf(radius).pow(2)) <= 0;
      inside += expected ? 1 : 0;
      // The deviation is so small that the radius always suffices; only the check is used.
      BallNormalSampler sampler = BallNormalSampler.of(k, 0x1p-9, 1, radius);
      assertEquals(expected, sampler.isInside(center, proposal));
    }
    assertTrue(inside > 2000 && inside < 18_000);
    BallNormalSampler exact = BallNormalSampler.of(2, 0.1, 1, 5);
    assertTrue(exact.isInside(new long[] {3, 0}, new long[] {0, -4}));
    assertFalse(exact.isInside(new long[] {3, 0}, new long[] {1, -4}));
  }

  @Test
  void refusesWhatCannotBeSampled() {
    assertRefused("at most 54295 directions", () -> BallNormalSampler.of(54_296, 1, 1, 1000));
    assertRefused("radius of at least", () -> BallNormalSampler.of(4, 10, 10, 22));
    assertRefused("fewer clip bits", () -> BallNormalSampler.of(1, 1, 1, (1L << 59) + 1));
    assertRefused("larger centerRadius", () -> BallNormalSampler.of(1, 1, 0, 10));
  }

  private static void assertRefused(String message, Runnable construction) {
    String actual =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, construction::run).getMessage());
    assertTrue(actual.contains(message), actual);
  }
}
