package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalTailTest {

  private static final int BITS = 192;
  private final FixedPoint fixed = new FixedPoint(BITS);

  @Test
  void enclosesConstants() {
    assertEncloses("3.14159265358979323846264338327950288419716939937510582097494", fixed.pi(), 10);
    assertEncloses(
        "2.71828182845904523536028747135266249775724709369995957496697",
        fixed.exp(fixed.of(1)),
        24);
    assertEncloses("1", fixed.exp(fixed.of(0)), 24);
    assertEncloses(
        "1.41421356237309504880168872420969807856967187537694807317668",
        fixed.squareRoot(fixed.of(2)),
        2);
  }

  /** R(x) by mpmath 1.3.0: {@code ncdf(-x) / npdf(x)} at 70 digits. */
  @ParameterizedTest
  @CsvSource({
    "0,1.253314137315500251207882642405522626503493370304969",
    "0.25,1.037824575853726812300364706133962572256367928792735",
    "1,0.6556795424187984715438712307308112833992823328704620",
    "2.5,0.3542651113297936667839814258280919622581465071335606",
    "4,0.2366523829135606706239859364358435477228059571994490",
    "5.75,0.1690701504076940757836028371374449162796838734868385",
    "6,0.1623776608968674618156821028189930010128542994863280",
    "7.5,0.1310793558044917634883556627240448854756579565007288",
    "12,0.08276628650136917725226505004190590186017464793697803",
    "39.5,0.02530026089837988580678597144067487924203477471512783",
    "1000,0.0009999990000029999850001049990550103948648670269905412"
  })
  void enclosesMillsRatios(double x, String exact) {
    assertEncloses(exact, NormalTail.withBits(BITS).mills(fixed.of(x)), 60);
  }

  private void assertEncloses(String exact, Interval interval, int lostBits) {
    BigDecimal unit = new BigDecimal(BigInteger.ONE.shiftLeft(BITS));
    // The decimal is cut, so it may miss the exact value by one unit of its last digit.
    BigDecimal value = new BigDecimal(exact);
    BigDecimal cut = value.ulp();
    assertTrue(new BigDecimal(interval.low()).divide(unit).compareTo(value.add(cut)) <= 0);
    assertTrue(new BigDecimal(interval.high()).divide(unit).compareTo(value.subtract(cut)) >= 0);
    assertTrue(interval.width().bitLength() <= lostBits, "width " + interval.width());
  }

  /**
   * The series (used with many bits) and the continued fraction (with few) hold the same number.
   */
  @Property(tries = 100)
  void seriesAndContinuedFractionAgree(@ForAll @DoubleRange(min = 5.5, max = 9) double x) {
    NormalTail few = NormalTail.withBits(128);
    NormalTail many = NormalTail.withBits(320);
    Interval coarse = few.mills(few.fixed().of(x));
    Interval fine = many.mills(many.fixed().of(x));
    assertTrue(coarse.low().shiftLeft(192).compareTo(fine.low()) <= 0);
    assertTrue(coarse.high().shiftLeft(192).compareTo(fine.high()) >= 0);
    assertTrue(coarse.width().bitLength() < 40, "width " + coarse.width());
  }

  @Test
  void roundsQuotientsUpToDoubles() {
    BigInteger one = BigInteger.ONE;
    assertEquals(1, DirectedRounding.ratioUp(one, one));
    assertEquals(0x1.5555555555556p-2, DirectedRounding.ratioUp(one, BigInteger.valueOf(3)));
    BigInteger significand = one.shiftLeft(53);
    assertEquals(0x1p53, DirectedRounding.ratioUp(significand, one));
    assertEquals(0x1.0000000000001p53, DirectedRounding.ratioUp(significand.add(one), one));
    assertEquals(0x1p54, DirectedRounding.ratioUp(one.shiftLeft(54).subtract(one), one));
    assertEquals(Double.MIN_VALUE, DirectedRounding.ratioUp(one, one.shiftLeft(5000)));
    assertEquals(
        Double.MIN_VALUE * 2, DirectedRounding.ratioUp(BigInteger.valueOf(3), one.shiftLeft(1075)));
    assertEquals(0x1p-1022, DirectedRounding.ratioUp(one, one.shiftLeft(1022)));
    assertEquals(Double.POSITIVE_INFINITY, DirectedRounding.ratioUp(one.shiftLeft(1024), one));
  }
}
