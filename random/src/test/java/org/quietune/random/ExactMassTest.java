package org.quietune.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Building blocks of the normal sampler against their probabilities, by enumeration of all bits.
 */
class ExactMassTest {

  private static final double EXP_HALF = Math.exp(-0.5);

  @Test
  void comparisonOfTwoDeviatesIsFair() {
    ExactMass mass =
        ExactMass.of(2, 8, bits -> new LazyUniform().isLessThan(new LazyUniform(), bits));
    assertEquals(mass.holds(), mass.fails());
    assertEquals(Math.scalb(1.0, -8), mass.undecided());
  }

  @Test
  void comparisonDrawsFurtherDigitsOnTies() {
    LazyUniform a = new LazyUniform();
    LazyUniform b = new LazyUniform();
    BitSource bits = new ScriptedBits(7, 7, -1, -1, 0, 0, 1, 1, 5, 5, -2, 3);
    assertFalse(a.isLessThan(b, bits));
    assertEquals("00000007ffffffff000000000000000100000005fffffffe", hex(a));
    assertEquals("00000007ffffffff00000000000000010000000500000003", hex(b));
  }

  private static String hex(LazyUniform x) {
    return "%048x".formatted(x.leading(6, new ScriptedBits()));
  }

  @Test
  void algorithmHHasProbabilityExpMinusHalf() {
    ExactMass mass = ExactMass.of(4, 6, bits -> new DescendingRun().isEvenFromHalf(bits));
    assertTrue(mass.undecided() < 4e-3, mass.toString());
    assertTrue(mass.allows(EXP_HALF), mass.toString());
  }

  /** Twin: a run that starts below 1 instead of 1/2 has probability exp(−1). */
  @Test
  void enumerationRejectsWrongStartOfTheRun() {
    ExactMass mass = ExactMass.of(4, 6, bits -> evenRunBelowOne(bits));
    assertFalse(mass.allows(EXP_HALF));
    assertTrue(mass.allows(1 - Math.exp(-1)), mass.toString());
  }

  private static boolean evenRunBelowOne(BitSource bits) {
    LazyUniform last = new LazyUniform();
    last.digit(0, bits);
    boolean even = true;
    while (true) {
      LazyUniform next = new LazyUniform();
      if (!next.isLessThan(last, bits)) {
        return even;
      }
      last = next;
      even = !even;
    }
  }

  /** The value 2k + (first bit of x), exponential of scale 2, from scripts of 20 fair bits. */
  @Test
  void exponentialHasItsLaw() {
    ExactExponential exponential = new ExactExponential();
    ExactMass mass =
        ExactMass.ofValues(
            1,
            20,
            bits -> {
              exponential.draw(bits);
              return 2L * exponential.integerPart()
                  + (exponential.fraction().isLessThanHalf(bits) ? 0 : 1);
            });
    assertTrue(mass.undecided() < 0.1, mass.toString());
    for (long n = 0; n < 20; n++) {
      assertTrue(mass.allows(n, Math.exp(-n / 2.0) * (1 - EXP_HALF)), n + " of " + mass);
    }
    // Twin: geometric with the ratio exp(-0.49).
    assertFalse(mass.allows(0, 1 - Math.exp(-0.49)), mass.toString());
  }

  @ParameterizedTest
  @CsvSource({"0,3,8", "0,8,8", "0,15,8", "1,3,8", "1,8,8", "1,15,8", "3,5,8", "3,13,8"})
  void algorithmBHasItsProbability(int k, int sixteenths, int depth) {
    double x = sixteenths / 16.0;
    double exponent = x * (2 * k + x) / (2 * k + 2);
    ExactMass mass =
        ExactMass.of(
            4,
            k == 0 ? 5 : 6,
            bits -> new ExactNormal().bernoulliExpFraction(k, fixed(x, depth), bits));
    assertTrue(mass.undecided() < 0.15, mass.toString());
    assertTrue(mass.allows(Math.exp(-exponent)), mass + " against " + Math.exp(-exponent));
    // Twin: the plain exponential of x, which forgets the thinning.
    if (mass.undecided() < Math.exp(-exponent) - Math.exp(-x)) {
      assertFalse(mass.allows(Math.exp(-x)), mass.toString());
    }
  }

  private static LazyUniform fixed(double x, int depth) {
    LazyUniform uniform = new LazyUniform();
    int[] words = new int[depth];
    words[0] = (int) (long) (x * 0x1p32);
    uniform.leading(depth, new ScriptedBits(words));
    return uniform;
  }

  /** Every value keeps exactly ⌊2^32 / bound⌋ accepted words, found at the ends of its range. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6, 7, 10, 12, 1000, 65537, 1 << 20, (1 << 20) + 7})
  void uniformIntegerGivesEveryValueTheSameNumberOfWords(int bound) {
    long perValue = (1L << 32) / bound;
    int[] values = {0, 1, bound / 3, bound / 2, bound - 2, bound - 1};
    for (int value : Arrays.stream(values).filter(v -> v >= 0 && v < bound).toArray()) {
      long first = ceilDiv((long) value << 32, bound);
      long end = ceilDiv((value + 1L) << 32, bound);
      while (first < end && !accepts(first, bound)) {
        first++;
      }
      assertEquals(perValue, end - first, "value " + value);
      for (long word : new long[] {first, first + perValue / 2, end - 1}) {
        assertEquals(value, UniformInteger.below(bound, new ScriptedBits((int) word)));
      }
    }
  }

  private static boolean accepts(long word, int bound) {
    try {
      UniformInteger.below(bound, new ScriptedBits((int) word));
      return true;
    } catch (ScriptedBits.Exhausted e) {
      return false;
    }
  }

  private static long ceilDiv(long a, long b) {
    return -Math.floorDiv(-a, b);
  }
}
