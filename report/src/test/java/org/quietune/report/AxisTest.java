package org.quietune.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class AxisTest {

  @Test
  void linearTicksAreRoundNumbersThatHoldTheData() {
    assertEquals(
        List.of("0.84", "0.85", "0.86", "0.87", "0.88"),
        labels(Axis.linear(values(0.8431, 0.8764), 5)));
    assertEquals(List.of("-10", "-5", "0", "5"), labels(Axis.linear(values(-7, 3), 4)));
    assertEquals(List.of("0", "5", "10"), labels(Axis.linear(values(0, 10), 3)));
    assertEquals(List.of("0", "5e8", "1e9"), labels(Axis.linear(values(0, 1e9), 3)));
  }

  @Test
  void oneValueGetsARangeAroundIt() {
    Axis axis = Axis.linear(values(0.5), 4);
    assertEquals(0.5, axis.fraction(0.5), 0.25);
    assertTrue(axis.ticks().size() >= 2);
    assertEquals(List.of("-1.0", "-0.5", "0.0", "0.5", "1.0"), labels(Axis.linear(values(0), 4)));
  }

  @Test
  void fewValuesOnALogarithmicAxisAreTheirOwnTicks() {
    Axis axis = Axis.logarithmicWithOwnTicks(values(0.1, 0.5, 1, 2, 4, 8));
    assertEquals(List.of("0.1", "0.5", "1", "2", "4", "8"), labels(axis));
    assertEquals(axis.fraction(2) - axis.fraction(1), axis.fraction(8) - axis.fraction(4), 1e-12);
  }

  @Test
  void manyValuesOnALogarithmicAxisGetDecades() {
    NavigableSet<Double> values = new TreeSet<>();
    for (int i = -20; i <= 40; i++) {
      values.add(Double.parseDouble("1e" + i));
    }
    List<String> labels = labels(Axis.logarithmicWithOwnTicks(values));
    assertEquals(61, labels.size());
    assertEquals("1e-20", labels.get(0));

    NavigableSet<Double> within = new TreeSet<>();
    for (int i = 1; i <= 60; i++) {
      within.add(i / 10.0);
    }
    assertEquals(
        List.of("0.1", "0.2", "0.5", "1", "2", "5"), labels(Axis.logarithmicWithOwnTicks(within)));
  }

  @Test
  void widelySpreadOrdinatesGetPowersOfTen() {
    assertEquals(
        List.of("10⁻²⁰", "10⁻¹⁶", "10⁻¹²", "10⁻⁸", "10⁻⁴", "10⁰"),
        labels(Axis.logarithmic(values(3e-20, 0.3), 5)));
    assertEquals(List.of("2", "5"), labels(Axis.logarithmic(values(1.5, 7), 5)));
    assertEquals(List.of("2.1", "4.9"), labels(Axis.logarithmic(values(2.1, 4.9), 5)));
  }

  @Test
  void valuesWithoutAPlaceAreRefused() {
    for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -1e200}) {
      assertFalse(Axis.accepts(false, value));
      assertFalse(Axis.accepts(true, value));
    }
    assertTrue(Axis.accepts(false, 0));
    assertFalse(Axis.accepts(true, 0));
    assertTrue(Axis.accepts(true, Double.MIN_VALUE));
  }

  @Property
  void everyAcceptedValueLiesOnTheLinearAxis(
      @ForAll @Size(min = 1, max = 5) List<@DoubleRange(min = -99, max = 99) Double> exponents) {
    List<Double> drawn =
        exponents.stream().map(e -> Math.copySign(Math.pow(10, Math.abs(e)), e)).toList();
    checkRange(Axis.linear(new TreeSet<>(drawn), 5), drawn);
    checkRange(Axis.linear(new TreeSet<>(exponents), 5), exponents);
  }

  @Property
  void everyAcceptedValueLiesOnTheLogarithmicAxes(
      @ForAll @Size(min = 1, max = 5) List<@DoubleRange(min = -300, max = 300) Double> exponents) {
    List<Double> drawn = exponents.stream().map(e -> Math.pow(10, e)).toList();
    checkRange(Axis.logarithmic(new TreeSet<>(drawn), 5), drawn);
    checkRange(Axis.logarithmicWithOwnTicks(new TreeSet<>(drawn)), drawn);
  }

  @Test
  void extremeRangesStayFinite() {
    for (double[] extreme :
        new double[][] {
          {Double.MIN_VALUE}, {0, Double.MIN_VALUE}, {-1e100, 1e100}, {1e17, Math.nextUp(1e17)}
        }) {
      NavigableSet<Double> values = values(extreme);
      checkRange(Axis.linear(values, 5), values);
    }
    NavigableSet<Double> whole = values(Double.MIN_VALUE, Double.MAX_VALUE);
    checkRange(Axis.logarithmic(whole, 5), whole);
    checkRange(Axis.logarithmicWithOwnTicks(whole), whole);
  }

  private static void checkRange(Axis axis, Iterable<Double> values) {
    for (double value : values) {
      double fraction = axis.fraction(value);
      assertTrue(fraction >= -1e-6 && fraction <= 1 + 1e-6, value + " at " + fraction);
    }
    assertTrue(axis.ticks().size() >= 1 && axis.ticks().size() <= 700, axis.ticks().toString());
    for (Axis.Tick tick : axis.ticks()) {
      double fraction = axis.fraction(tick.value());
      assertTrue(fraction >= -1e-6 && fraction <= 1 + 1e-6, tick + " at " + fraction);
    }
  }

  private static NavigableSet<Double> values(double... values) {
    return new TreeSet<>(Arrays.stream(values).boxed().toList());
  }

  private static List<String> labels(Axis axis) {
    return axis.ticks().stream().map(Axis.Tick::label).toList();
  }
}
