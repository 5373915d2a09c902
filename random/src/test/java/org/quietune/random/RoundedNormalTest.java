package org.quietune.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Positive;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundedNormalTest {

  @ParameterizedTest
  @ValueSource(
      doubles = {
        0,
        -1,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        0x1.fffffffffffffp-11,
        0x1.0000000000001p60
      })
  void refusesSigmaOutOfRange(double sigma) {
    assertThrows(IllegalArgumentException.class, () -> RoundedNormal.of(sigma));
  }

  @Test
  void refusesRationalsOutOfRange() {
    BigInteger one = BigInteger.ONE;
    BigInteger big = one.shiftLeft(60);
    assertThrows(IllegalArgumentException.class, () -> RoundedNormal.of(one, one.negate()));
    assertThrows(
        IllegalArgumentException.class, () -> RoundedNormal.of(one.negate(), one.negate()));
    assertThrows(IllegalArgumentException.class, () -> RoundedNormal.of(BigInteger.ZERO, one));
    assertThrows(IllegalArgumentException.class, () -> RoundedNormal.of(big.add(one), one));
    assertThrows(
        IllegalArgumentException.class, () -> RoundedNormal.of(one, BigInteger.valueOf(1025)));
    assertEquals(
        big.longValueExact(), RoundedNormal.of(big, one).round(1, digits(0, 0, 0), none()));
  }

  /** Fast and slow path against the definition, where the given digits decide the rounding. */
  @Property(tries = 2000)
  void roundsAsTheDefinition(
      @ForAll @IntRange(min = 0, max = 70) int k,
      @ForAll @Size(4) int[] fraction,
      @ForAll @IntRange(min = -9, max = 59) int exponent,
      @ForAll @Positive long significand) {
    BigInteger scale = BigInteger.ONE.shiftLeft(63);
    BigInteger p = scale.add(BigInteger.valueOf(significand)).multiply(BigInteger.valueOf(3));
    BigInteger q = scale.multiply(BigInteger.valueOf(4));
    RoundedNormal law =
        exponent >= 0
            ? RoundedNormal.of(p.shiftLeft(exponent), q)
            : RoundedNormal.of(p, q.shiftLeft(-exponent));
    BigDecimal x = new BigDecimal(digits(fraction).leading(4, none()));
    BigDecimal y = x.divide(new BigDecimal(BigInteger.ONE.shiftLeft(128))).add(new BigDecimal(k));
    BigDecimal sigma =
        new BigDecimal(p)
            .divide(new BigDecimal(q))
            .multiply(
                exponent >= 0
                    ? new BigDecimal(BigInteger.ONE.shiftLeft(exponent))
                    : BigDecimal.ONE.divide(new BigDecimal(BigInteger.ONE.shiftLeft(-exponent))));
    BigInteger expected =
        sigma
            .multiply(y)
            .setScale(0, RoundingMode.HALF_UP)
            .toBigInteger()
            .min(BigInteger.valueOf(Long.MAX_VALUE));
    assertEquals(expected.longValueExact(), law.round(k, digits(fraction), zeros()));
    assertEquals(expected.longValueExact(), law.roundExactly(k, digits(fraction), zeros()));
  }

  /** σ(k + x) agrees with the tie 12 1/2 in the first four digits; the fifth decides. */
  @Test
  void drawsDigitsUntilTheRoundingIsDecided() {
    RoundedNormal law = RoundedNormal.of(5); // 5 (2 + 1/2) = 12 1/2
    int half = 1 << 31;
    assertEquals(13, law.round(2, digits(half, 0, 0, 0, 1), none()));
    assertEquals(12, law.round(2, digits(half - 1, -1, -1, -1, 5), none()));
    assertThrows(
        ScriptedBits.Exhausted.class, () -> law.round(2, digits(half - 1, -1, -1, -1, -1), none()));
  }

  @Test
  void saturatesBeyondLong() {
    RoundedNormal law = RoundedNormal.of(0x1p60);
    assertEquals(Long.MAX_VALUE, law.round(8, digits(5, 5, 5), none()));
    assertEquals(Long.MAX_VALUE, law.round(200, digits(5, 5, 5), none()));
    assertTrue(law.round(7, digits(-1, 0, 0), none()) < Long.MAX_VALUE);
  }

  @Test
  void sampleAndFillDrawTheSameValues() {
    RoundedNormal law = RoundedNormal.of(1e6);
    long[] filled = new long[1000];
    law.fill(filled, seeded());
    BitSource bits = seeded();
    assertEquals(
        Arrays.stream(filled).boxed().toList(),
        Arrays.stream(new long[1000]).map(i -> law.sample(bits)).boxed().toList());
  }

  @Test
  void smallestSigmaIsAlmostAlwaysZero() {
    long[] out = new long[1000];
    RoundedNormal.of(0x1p-10).fill(out, seeded());
    assertEquals(0, Arrays.stream(out).filter(n -> n != 0).count());
  }

  /** Freezes the stream: the same seed gives the same noise on every platform and release. */
  @Test
  void seededNoiseIsFrozen() {
    long[] out = new long[6];
    RoundedNormal.of(1000).fill(out, seeded());
    assertEquals("[714, 43, 1458, -1415, -725, -576]", Arrays.toString(out));
  }

  private static BitSource seeded() {
    return NoiseSource.seeded(7, InsecureRandomness.acknowledgeNoPrivacy()).open();
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
