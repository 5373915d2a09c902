package org.quietune.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BernoulliExpTest {

  private static final double ALPHA = 1e-7;
  private static final int SAMPLES = 1_000_000;

  private static BernoulliExp coin(long numerator, long denominator) {
    return BernoulliExp.of(BigInteger.valueOf(numerator), BigInteger.valueOf(denominator));
  }

  /**
   * Quarters and sixteenths: all decisions are comparisons of digits of base 4 or 16, so the masses
   * are exact.
   */
  @ParameterizedTest
  @CsvSource({
    "1,16,4,6",
    "1,4,4,6",
    "1,2,4,6",
    "11,16,4,6",
    "15,16,4,6",
    "1,1,2,11",
    "5,4,2,11",
    "3,2,2,11"
  })
  void hasItsProbability(int numerator, int denominator, int symbolBits, int depth) {
    double r = (double) numerator / denominator;
    ExactMass mass = ExactMass.of(symbolBits, depth, coin(numerator, denominator)::sample);
    assertTrue(mass.undecided() < 0.06, mass.toString());
    assertTrue(mass.allows(Math.exp(-r)), mass + " against " + Math.exp(-r));
    // Twins: an exponent one eighth larger, and the coin cut off after its second term.
    assertFalse(mass.allows(Math.exp(-r - 0.125)), mass.toString());
    assertFalse(r >= 0.5 && mass.allows(Math.max(0, 1 - r + r * r / 2)), mass.toString());
  }

  @Test
  void certainForZero() {
    ExactMass mass = ExactMass.of(4, 5, coin(0, 7)::sample);
    assertEquals(0, mass.fails());
    assertEquals(Math.scalb(1.0, -20), mass.undecided());
  }

  /** Of the words, exactly those below 2^32 p/q fall under p/q; the word on it asks for more. */
  @ParameterizedTest
  @CsvSource({"1,3", "2,3", "1,7", "999999999999,1000000000000", "1,4294967297", "5,12"})
  void fractionsAreComparedDigitByDigit(long p, long q) {
    BigInteger denominator = BigInteger.valueOf(q);
    ProperFraction fraction = new ProperFraction(BigInteger.valueOf(p), denominator);
    BigInteger rest = BigInteger.valueOf(p);
    int[] digits = new int[4];
    for (int i = 0; i < digits.length; i++) {
      BigInteger[] step = rest.shiftLeft(32).divideAndRemainder(denominator);
      digits[i] = (int) step[0].longValueExact();
      rest = step[1];
      int[] below = digits.clone();
      int[] above = digits.clone();
      below[i]--;
      above[i]++;
      if (digits[i] != 0) {
        assertTrue(fraction.exceeds(new LazyUniform(), new ScriptedBits(below, i + 1)));
      }
      if (digits[i] != -1) {
        assertFalse(fraction.exceeds(new LazyUniform(), new ScriptedBits(above, i + 1)));
      }
      ScriptedBits equal = new ScriptedBits(digits, i + 1);
      assertThrows(ScriptedBits.Exhausted.class, () -> fraction.exceeds(new LazyUniform(), equal));
    }
  }

  @ParameterizedTest
  @CsvSource({"1,3", "2,3", "7,5", "22,7", "1000003,1000000"})
  void hasItsLaw(long numerator, long denominator) {
    double p = Math.exp(-(double) numerator / denominator);
    assertTrue(accepts(p, coin(numerator, denominator)::sample));
    // Twin: r 3 % too large.
    assertFalse(accepts(p, coin(numerator * 103, denominator * 100)::sample));
  }

  private static boolean accepts(double probability, Predicate<BitSource> coin) {
    BitSource bits = NoiseSource.seeded(20261, InsecureRandomness.acknowledgeNoPrivacy()).open();
    long heads = 0;
    for (int i = 0; i < SAMPLES; i++) {
      heads += coin.test(bits) ? 1 : 0;
    }
    return BinomialTail.twoSided(heads, SAMPLES, probability) >= ALPHA;
  }

  @Test
  void refusesWhatIsNoExponent() {
    BigInteger one = BigInteger.ONE;
    assertThrows(IllegalArgumentException.class, () -> coin(-1, 2));
    assertThrows(IllegalArgumentException.class, () -> coin(1, 0));
    assertThrows(IllegalArgumentException.class, () -> coin(-1, -2));
    assertThrows(IllegalArgumentException.class, () -> BernoulliExp.of(one.shiftLeft(63), one));
    assertFalse(coin(Long.MAX_VALUE, 1).sample(NoiseSource.secure().open()));
  }
}
