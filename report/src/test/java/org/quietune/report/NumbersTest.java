package org.quietune.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class NumbersTest {

  @Test
  void lossesAreNeverRoundedDown() {
    assertEquals("1.001", Numbers.up(1.0001, 4));
    assertEquals("0.1", Numbers.up(0.1, 4));
    assertEquals("1.01e-5", Numbers.up(1.000001e-5, 3));
    assertEquals("∞", Numbers.up(Double.POSITIVE_INFINITY, 3));
  }

  @Property
  void upIsAtLeastTheValue(@ForAll @DoubleRange(min = 0, max = 1e6) double value) {
    assertTrue(Double.parseDouble(Numbers.up(value, 4)) >= value);
  }

  @Property
  void exactReadsBackAsTheSameDouble(@ForAll double value) {
    assertEquals(value + 0.0, Double.parseDouble(Numbers.exact(value)));
  }

  @Test
  void shortForms() {
    assertEquals("0.5", Numbers.near(0.5, 4));
    assertEquals("8", Numbers.near(8, 4));
    assertEquals("1e-5", Numbers.near(1e-5, 4));
    assertEquals("0", Numbers.exact(0));
    assertEquals("–", Numbers.fixed(Double.NaN, 4));
    assertEquals("10⁻¹²", Numbers.powerOfTen(-12));
    assertEquals("12", Numbers.pixel(12));
    assertEquals("100", Numbers.pixel(100));
    assertEquals("0.5", Numbers.pixel(0.5));
    assertEquals("0", Numbers.pixel(-0.001));
  }
}
