package org.quietune.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoissonCountTest {
  private static final double ALPHA = 1e-8;
  private static final int SAMPLES = 30_000;

  /**
   * The deviate's first two words decide almost always, and its count changes from k to k + 1 where
   * the distribution function says, to the last of 64 bits.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.25, 1, 2.5, 10})
  void inverts(double mean) {
    MathContext digits = new MathContext(60);
    BigDecimal m = new BigDecimal(mean);
    BigDecimal term = BigDecimal.ONE;
    BigDecimal exp = BigDecimal.ONE;
    for (int i = 1; i < 200; i++) {
      term = term.multiply(m).divide(BigDecimal.valueOf(i), digits);
      exp = exp.add(term, digits);
    }
    BigDecimal sum = BigDecimal.ZERO;
    term = BigDecimal.ONE;
    for (int k = 0; k < 6; k++) {
      sum = sum.add(term.divide(exp, digits), digits);
      term = term.multiply(m).divide(BigDecimal.valueOf(k + 1), digits);
      long boundary =
          sum.multiply(BigDecimal.valueOf(2).pow(64), digits).toBigInteger().longValue();
      assertEquals(k, PoissonCount.of(mean).sample(words(boundary - 1)), "below " + k);
      assertEquals(k + 1, PoissonCount.of(mean).sample(words(boundary + 1)), "above " + k);
      assertThrows(
          ScriptedBits.Exhausted.class, () -> PoissonCount.of(mean).sample(words(boundary)));
    }
  }

  private static BitSource words(long value) {
    return new ScriptedBits(new int[] {(int) (value >>> 32), (int) value}, 2);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 3, 10, 40})
  void hasItsLaw(double mean) {
    assertTrue(fits(mean, mean));
    // Twin: a mean 10 % too large.
    assertFalse(fits(mean, mean * 1.1));
  }

  /** Each count's frequency, and that of all at most it, by exact binomial tails. */
  private static boolean fits(double claimed, double drawn) {
    BitSource bits = NoiseSource.seeded(7, InsecureRandomness.acknowledgeNoPrivacy()).open();
    PoissonCount count = PoissonCount.of(drawn);
    int[] seen = new int[400];
    for (int i = 0; i < SAMPLES; i++) {
      seen[count.sample(bits)]++;
    }
    double mass = Math.exp(-claimed);
    double below = 0;
    long seenBelow = 0;
    boolean fits = true;
    for (int k = 0; k < 60; k++) {
      below += mass;
      seenBelow += seen[k];
      if (mass * SAMPLES > 1) {
        fits &= BinomialTail.twoSided(seen[k], SAMPLES, mass) >= ALPHA;
        fits &= BinomialTail.twoSided(seenBelow, SAMPLES, Math.min(1, below)) >= ALPHA;
      }
      mass *= claimed / (k + 1);
    }
    return fits;
  }

  @Test
  void refusesWhatIsNoMean() {
    for (double bad : new double[] {0, -1, Double.NaN, 1025, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> PoissonCount.of(bad));
    }
    // 700 is ten deviations off.
    assertTrue(PoissonCount.of(1024).sample(NoiseSource.secure().open()) > 700);
    assertEquals(0, PoissonCount.of(Double.MIN_NORMAL).sample(NoiseSource.secure().open()));
  }
}
