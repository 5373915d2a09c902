package org.quietune.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Positive;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RationalScaleTest {

  /** Fast and slow path against the definition, where the given digits decide the answer. */
  @Property(tries = 2000)
  void floorAndRoundFollowTheDefinition(
      @ForAll @IntRange(min = 0, max = 70) int k,
      @ForAll @Size(4) int[] fraction,
      @ForAll @IntRange(min = -9, max = 59) int exponent,
      @ForAll @Positive long significand) {
    BigInteger unit = BigInteger.ONE.shiftLeft(63);
    BigInteger p = unit.add(BigInteger.valueOf(significand)).multiply(BigInteger.valueOf(3));
    BigInteger q = unit.multiply(BigInteger.valueOf(4));
    RationalScale scale =
        exponent >= 0
            ? RationalScale.of("scale", p.shiftLeft(exponent), q, -10, 60)
            : RationalScale.of("scale", p, q.shiftLeft(-exponent), -10, 60);
    BigDecimal x = new BigDecimal(digits(fraction).leading(4, none()));
    BigDecimal y = x.divide(new BigDecimal(BigInteger.ONE.shiftLeft(128))).add(new BigDecimal(k));
    BigDecimal factor =
        new BigDecimal(p)
            .divide(new BigDecimal(q))
            .multiply(
                exponent >= 0
                    ? new BigDecimal(BigInteger.ONE.shiftLeft(exponent))
                    : BigDecimal.ONE.divide(new BigDecimal(BigInteger.ONE.shiftLeft(-exponent))));
    long floor = saturated(factor.multiply(y), RoundingMode.FLOOR);
    assertEquals(floor, scale.floor(k, digits(fraction), zeros()));
    assertEquals(floor, scale.integerPartExactly(k, digits(fraction), 0, zeros()));
    long rounded = saturated(factor.multiply(y), RoundingMode.HALF_UP);
    assertEquals(rounded, scale.round(k, digits(fraction), zeros()));
    assertEquals(rounded, scale.integerPartExactly(k, digits(fraction), 1, zeros()));
  }

  private static long saturated(BigDecimal value, RoundingMode mode) {
    return value
        .setScale(0, mode)
        .toBigInteger()
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValueExact();
  }

  /** 5(2 + x) agrees with the tie 12 1/2 in the first four digits of x; the fifth decides. */
  @Test
  void drawsDigitsUntilTheRoundingIsDecided() {
    RationalScale five = RationalScale.of("scale", 5, -10, 60);
    int half = 1 << 31;
    assertEquals(13, five.round(2, digits(half, 0, 0, 0, 1), none()));
    assertEquals(12, five.round(2, digits(half - 1, -1, -1, -1, 5), none()));
    assertThrows(
        ScriptedBits.Exhausted.class,
        () -> five.round(2, digits(half - 1, -1, -1, -1, -1), none()));
  }

  /** 4(2 + x) agrees with the integer 11 in the first two digits of x; the third decides. */
  @Test
  void drawsDigitsUntilTheIntegerPartIsDecided() {
    RationalScale four = RationalScale.of("scale", 4, -10, 60);
    int threeQuarters = 3 << 30;
    assertEquals(11, four.floor(2, digits(threeQuarters, 0, 0), none()));
    assertEquals(10, four.floor(2, digits(threeQuarters - 1, -1, 5), none()));
    assertThrows(
        ScriptedBits.Exhausted.class,
        () -> four.floor(2, digits(threeQuarters - 1, -1, -1), none()));
  }

  @Test
  void saturatesBeyondLong() {
    RationalScale huge = RationalScale.of("scale", 0x1p60, -10, 60);
    assertEquals(Long.MAX_VALUE, huge.round(8, digits(5, 5, 5), none()));
    assertEquals(Long.MAX_VALUE, huge.round(200, digits(5, 5, 5), none()));
    assertEquals(Long.MAX_VALUE, huge.floor(8, digits(5, 5, 5), none()));
    assertTrue(huge.round(7, digits(-1, 0, 0), none()) < Long.MAX_VALUE);
    assertTrue(huge.floor(7, digits(-1, 0, 0), none()) < Long.MAX_VALUE);
  }

  @Test
  void saysWhatIsOutOfRange() {
    IllegalArgumentException failure =
        assertThrows(
            IllegalArgumentException.class, () -> RationalScale.of("sigma", 0x1p61, -10, 60));
    assertEquals("sigma must be in [2^-10, 2^60], got 2.305843009213694E18", failure.getMessage());
  }

  private static LazyUniform digits(int... digits) {
    LazyUniform x = new LazyUniform();
    x.leading(digits.length, new ScriptedBits(digits));
    return x;
  }

  private static BitSource none() {
    return new ScriptedBits();
  }

  private static BitSource zeros() {
    return () -> 0;
  }
}
