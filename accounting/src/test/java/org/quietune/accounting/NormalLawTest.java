package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class NormalLawTest {

  private static final int BITS = 448;
  private static final NormalTail EXACT = NormalTail.withBits(BITS);
  private static final BigDecimal ONE = new BigDecimal(BigInteger.ONE.shiftLeft(BITS));

  private static BigDecimal exact(Interval interval) {
    return new BigDecimal(interval.low()).divide(ONE);
  }

  /** Φ(−x) for x ≥ 0, to a hundred digits. */
  private static BigDecimal exactTail(double x) {
    Interval at = EXACT.fixed().of(x);
    return exact(EXACT.mills(at)).divide(exact(EXACT.inverseDensity(at)), new MathContext(100));
  }

  private static double log(BigDecimal positive) {
    int scale = positive.precision() - positive.scale();
    return Math.log(positive.movePointLeft(scale).doubleValue()) + scale * Math.log(10);
  }

  @Property(tries = 100)
  void millsRatiosAreRight(@ForAll @DoubleRange(min = 0, max = 60) double x) {
    double exact = exact(EXACT.mills(EXACT.fixed().of(x))).doubleValue();
    assertEquals(exact, NormalLaw.mills(x), 1e-15 * exact);
  }

  /** The bound that the class documents, for intervals of every width on both sides. */
  @Property(tries = 200)
  void massesAreRight(
      @ForAll @DoubleRange(min = -8, max = 20) double low,
      @ForAll @DoubleRange(min = -7, max = 1) double log10Width) {
    double high = low + Math.pow(10, log10Width);
    BigDecimal mass =
        low >= 0
            ? exactTail(low).subtract(exactTail(high))
            : high <= 0
                ? exactTail(-high).subtract(exactTail(-low))
                : BigDecimal.ONE.subtract(exactTail(-low)).subtract(exactTail(high));
    double expected = log(mass);
    double bound = 0x1p-48 * (16 + Math.abs(expected));
    assertEquals(expected, NormalLaw.logMass(low, high, 0), bound);
  }

  @Test
  void knowsTheEdges() {
    double infinity = Double.POSITIVE_INFINITY;
    assertEquals(-infinity, NormalLaw.logMass(1, 1, 0));
    assertEquals(0, NormalLaw.logMass(-infinity, infinity, 3), 1e-300);
    assertEquals(Math.log(0.5), NormalLaw.logMass(-infinity, 3, 3), 1e-15);
    assertEquals(Math.log(0.5), NormalLaw.logMass(3, infinity, 3), 1e-15);
    assertEquals(-5000 - Math.log(100 * Math.sqrt(2 * Math.PI)), NormalLaw.logTail(100), 1e-4);
    assertEquals(-infinity, NormalLaw.logTail(infinity));
    assertTrue(NormalLaw.logTail(1e200) < -1e300);
  }
}
