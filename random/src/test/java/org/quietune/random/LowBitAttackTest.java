package org.quietune.random;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/**
 * The attack that broke floating-point mechanisms (Mironov 2012; Jin et al. 2021): guess from the
 * low bits of a release which of two neighboring sums it hides.
 *
 * <p>The attacker sees releases of S and of S + 1, learns how often each pattern comes from either,
 * and guesses on fresh releases by the more frequent one. Against a μ-GDP mechanism no attacker
 * whatever is right with a probability above Φ(μ/2); the number of right guesses is compared with
 * that by the exact binomial tail, at 1e-7.
 */
class LowBitAttackTest {

  private static final double ALPHA = 1e-7;
  private static final int TRAINING = 200_000;
  private static final int GUESSES = 1_000_000;

  /** σ so large that a double has no bits left below 16 cells. */
  private static final double HUGE = 0x1p58;

  /** σ of ten cells: μ = 1/10 for sums that differ by one cell. */
  private static final double SMALL = 10;

  /** Φ(1/20). */
  private static final double RIGHT_AT_SMALL = 0.5199388058383725;

  @Test
  void lowBitsOfTheExactReleaseRevealNothing() {
    BitSource bits = bits();
    RoundedNormal huge = RoundedNormal.of(HUGE);
    for (long sum : new long[] {0, -123_456_789}) {
      assertTrue(withstands(0.5, y -> y & 31, sum, s -> s + huge.sample(bits)));
    }
  }

  @Test
  void lowBitsOfAFloatingPointReleaseRevealTheSum() {
    Random random = new Random(1);
    for (long sum : new long[] {0, -123_456_789}) {
      assertFalse(
          withstands(0.5, y -> y & 31, sum, s -> s + Math.round(HUGE * random.nextGaussian())));
    }
  }

  @Test
  void formatOfTheExactReleaseRevealsNoMoreThanItsValue() {
    BitSource bits = bits();
    RoundedNormal small = RoundedNormal.of(SMALL);
    assertTrue(
        withstands(
            RIGHT_AT_SMALL, LowBitAttackTest::format, 0, s -> asBits(s + small.sample(bits))));
  }

  /** The sum 1 pushes out the bits of small noise below 2⁻⁵³; the sum 0 leaves them in. */
  @Test
  void formatOfAFloatingPointReleaseRevealsTheSum() {
    Random random = new Random(2);
    assertFalse(
        withstands(
            RIGHT_AT_SMALL,
            LowBitAttackTest::format,
            0,
            s -> Double.doubleToLongBits(s + SMALL * random.nextGaussian())));
  }

  /** The best attack of all, by the value itself, comes up to the bound: the bound is not slack. */
  @Test
  void theBoundIsTight() {
    BitSource bits = bits();
    RoundedNormal small = RoundedNormal.of(SMALL);
    LongUnaryOperator release = s -> s + small.sample(bits);
    assertTrue(withstands(RIGHT_AT_SMALL, y -> y, 0, release));
    assertFalse(withstands(RIGHT_AT_SMALL - 0.005, y -> y, 0, release));
  }

  /** Exponent and number of trailing zeros of a double: where its bits stand, not what they say. */
  private static long format(long doubleBits) {
    double y = Double.longBitsToDouble(doubleBits);
    return 64L * Math.getExponent(y) + Long.numberOfTrailingZeros(doubleBits | 1L << 52);
  }

  private static long asBits(long cells) {
    return Double.doubleToLongBits((double) cells);
  }

  /**
   * Whether the attacker's right guesses are explained by a probability of at most {@code bound}.
   */
  private static boolean withstands(
      double bound, LongUnaryOperator pattern, long sum, LongUnaryOperator release) {
    Map<Long, Integer> evidence = new HashMap<>();
    for (int i = 0; i < TRAINING; i++) {
      evidence.merge(pattern.applyAsLong(release.applyAsLong(sum)), -1, Integer::sum);
      evidence.merge(pattern.applyAsLong(release.applyAsLong(sum + 1)), 1, Integer::sum);
    }
    ToLongFunction<Long> guess =
        y -> evidence.getOrDefault(pattern.applyAsLong(y), 0) > 0 ? sum + 1 : sum;
    long right = 0;
    for (int i = 0; i < GUESSES; i++) {
      long truth = sum + (i & 1);
      right += guess.applyAsLong(release.applyAsLong(truth)) == truth ? 1 : 0;
    }
    return right <= bound * GUESSES || BinomialTail.twoSided(right, GUESSES, bound) >= ALPHA;
  }

  private static BitSource bits() {
    return NoiseSource.seeded(20262, InsecureRandomness.acknowledgeNoPrivacy()).open();
  }
}
