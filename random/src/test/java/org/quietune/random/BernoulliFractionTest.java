package org.quietune.random;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BernoulliFractionTest {
  private static final double ALPHA = 1e-7;
  private static final int SAMPLES = 1_000_000;

  /** Multiples of 1/16 are decided by the first digit of base 16 or asked on: exact masses. */
  @ParameterizedTest
  @ValueSource(doubles = {1.0 / 16, 0.25, 0.5, 11.0 / 16, 15.0 / 16})
  void hasItsProbability(double p) {
    ExactMass mass = ExactMass.of(4, 4, BernoulliFraction.of(p)::sample);
    assertTrue(mass.undecided() <= Math.scalb(1.0, -16), mass.toString());
    assertTrue(mass.allows(p), mass.toString());
    // Twin: a coin one sixteenth off.
    assertFalse(mass.allows(p - 1.0 / 16), mass.toString());
    assertFalse(mass.allows(p + 1.0 / 16), mass.toString());
  }

  /** The word on p's first digit asks for the next; its neighbors decide. */
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 1.0 / 3, 0x1p-32, 0.9999999999, 1e-9, Double.MIN_NORMAL})
  void isComparedDigitByDigit(double p) {
    BernoulliFraction coin = BernoulliFraction.of(p);
    int digit = (int) (long) Math.floor(p * 0x1p32);
    if (digit != 0) {
      assertTrue(coin.sample(new ScriptedBits(new int[] {digit - 1}, 1)));
    }
    if (digit != -1) {
      assertFalse(coin.sample(new ScriptedBits(new int[] {digit + 1}, 1)));
    }
    ScriptedBits equal = new ScriptedBits(new int[] {digit}, 1);
    assertThrows(ScriptedBits.Exhausted.class, () -> coin.sample(equal));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.001, 0.1, 1.0 / 3, 0.77})
  void hasItsLaw(double p) {
    assertTrue(accepts(p, p));
    // Twin: odds that are off by 8 deviations of the count.
    assertFalse(accepts(p, p + 8 * Math.sqrt(p * (1 - p) / SAMPLES)));
  }

  private static boolean accepts(double claimed, double tossed) {
    BernoulliFraction coin = BernoulliFraction.of(tossed);
    BitSource bits = NoiseSource.seeded(20264, InsecureRandomness.acknowledgeNoPrivacy()).open();
    long heads = 0;
    for (int i = 0; i < SAMPLES; i++) {
      heads += coin.sample(bits) ? 1 : 0;
    }
    return BinomialTail.twoSided(heads, SAMPLES, claimed) >= ALPHA;
  }

  @Test
  void refusesWhatIsNoCoin() {
    for (double bad : new double[] {0, -0.0, 1, -0.5, 1.5, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> BernoulliFraction.of(bad), "" + bad);
    }
    // The extremes are coins; that either shows its rare side has probability 2⁻⁵³.
    assertFalse(BernoulliFraction.of(Double.MIN_VALUE).sample(NoiseSource.secure().open()));
    assertTrue(BernoulliFraction.of(Math.nextDown(1.0)).sample(NoiseSource.secure().open()));
  }
}
