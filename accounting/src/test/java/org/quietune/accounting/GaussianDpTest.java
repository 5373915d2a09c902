package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GaussianDpTest {

  static Stream<String> exactInputs() {
    return GoldenValues.read("gaussian-dp-exact-inputs.txt").stream().map(f -> String.join(" ", f));
  }

  static Stream<String> published() {
    return GoldenValues.read("gaussian-mechanism.txt").stream().map(f -> String.join(" ", f));
  }

  /** The result is the nearest double on the safe side of the exact value: not one unit looser. */
  @ParameterizedTest
  @MethodSource("exactInputs")
  void isTheNearestDoubleOnTheSafeSide(String row) {
    String[] field = row.split(" ", -1);
    switch (field[0]) {
      case "delta" ->
          assertRoundedUp(field[3], GaussianDp.delta(number(field[1]), number(field[2])));
      case "epsilon" ->
          assertRoundedUp(field[2], GaussianDp.epsilon(number(field[1]), number(field[3])));
      default -> assertRoundedDown(field[1], GaussianDp.mu(number(field[2]), number(field[3])));
    }
  }

  /** The inputs of these are decimals, so the doubles given here differ by their own rounding. */
  @ParameterizedTest
  @MethodSource("published")
  void agreesWithPublishedValues(String row) {
    String[] field = row.split(" ", -1);
    switch (field[0]) {
      case "delta" ->
          assertClose(
              field[4],
              GaussianDp.delta(number(field[2]) / number(field[1]), number(field[3])),
              1e-14);
      case "sigma" ->
          assertClose(
              field[3],
              GaussianDp.noiseMultiplier(GaussianDp.mu(number(field[1]), number(field[2]))),
              4e-16);
      case "epsilon" ->
          assertClose(field[3], GaussianDp.epsilon(number(field[1]), number(field[2])), 4e-16);
      default -> assertClose(field[3], GaussianDp.mu(number(field[1]), number(field[2])), 4e-16);
    }
  }

  private static double number(String field) {
    return Double.parseDouble(field);
  }

  private static void assertRoundedUp(String exact, double actual) {
    assertTrue(new BigDecimal(actual).compareTo(new BigDecimal(exact)) >= 0, "below: " + actual);
    assertTrue(
        new BigDecimal(Math.nextDown(actual)).compareTo(new BigDecimal(exact)) < 0,
        "loose: " + actual);
  }

  private static void assertRoundedDown(String exact, double actual) {
    assertTrue(new BigDecimal(actual).compareTo(new BigDecimal(exact)) <= 0, "above: " + actual);
    assertTrue(
        new BigDecimal(Math.nextUp(actual)).compareTo(new BigDecimal(exact)) > 0,
        "loose: " + actual);
  }

  private static void assertClose(String exact, double actual, double relative) {
    double expected = number(exact);
    assertEquals(expected, actual, expected * relative);
  }

  @Test
  void knowsTheEdgesOfTheCurve() {
    assertEquals(1, GaussianDp.delta(Double.POSITIVE_INFINITY, 3));
    assertEquals(0, GaussianDp.delta(0, 0));
    assertEquals(0, GaussianDp.delta(5, Double.POSITIVE_INFINITY));
    assertEquals(1, GaussianDp.delta(200, 0));
    assertEquals(Double.MIN_VALUE, GaussianDp.delta(1, 1000));
    assertEquals(Double.MIN_VALUE, GaussianDp.delta(1e-300, 1e300));
    assertEquals(1, GaussianDp.delta(1e300, 1e300));
    assertEquals(Double.MIN_VALUE, GaussianDp.delta(Double.MIN_VALUE, 0));
    assertEquals(0, GaussianDp.epsilon(0, 1e-5));
    assertEquals(0, GaussianDp.epsilon(0.001, 0.01));
    assertEquals(Double.POSITIVE_INFINITY, GaussianDp.epsilon(Double.POSITIVE_INFINITY, 0.5));
    assertEquals(Double.POSITIVE_INFINITY, GaussianDp.epsilon(1e200, 1e-5));
  }

  /** Here e^ε overflows and Φ underflows, so that the direct formula gives NaN or 0. */
  @Test
  void doesNotOverflowWhereTheDirectFormulaDoes() {
    double mu = GaussianDp.mu(1000, 1e-300);
    double delta = GaussianDp.delta(mu, 1000);
    assertTrue(delta <= 1e-300 && delta > 0.999e-300, "delta " + delta);
    assertTrue(GaussianDp.delta(Math.nextUp(mu), 1000) > 1e-300);
  }

  @Property(tries = 60)
  void roundTripsOnTheSafeSide(
      @ForAll @DoubleRange(min = -4, max = 3) double log10Epsilon,
      @ForAll @DoubleRange(min = -300, max = -1) double log10Delta) {
    double epsilon = Math.pow(10, log10Epsilon);
    double delta = Math.pow(10, log10Delta);
    double mu = GaussianDp.mu(epsilon, delta);
    assertTrue(GaussianDp.delta(mu, epsilon) <= delta);
    assertTrue(GaussianDp.delta(Math.nextUp(mu), epsilon) > delta);
    double back = GaussianDp.epsilon(mu, delta);
    assertTrue(back <= epsilon, "back " + back);
    assertEquals(epsilon, back, 1e-12 * epsilon);
    assertTrue(GaussianDp.delta(mu, back) <= delta);
    assertTrue(GaussianDp.delta(mu, Math.nextDown(back)) > delta);
  }

  @Property(tries = 200)
  void deltaGrowsWithMuAndFallsWithEpsilon(
      @ForAll @DoubleRange(min = -6, max = 2) double log10Mu,
      @ForAll @DoubleRange(min = -6, max = 3) double log10Epsilon) {
    double mu = Math.pow(10, log10Mu);
    double epsilon = Math.pow(10, log10Epsilon);
    double delta = GaussianDp.delta(mu, epsilon);
    assertTrue(GaussianDp.delta(Math.nextUp(mu), epsilon) >= delta);
    assertTrue(GaussianDp.delta(mu * 1.1, epsilon) >= delta);
    assertTrue(GaussianDp.delta(mu, Math.nextUp(epsilon)) <= delta);
    assertTrue(GaussianDp.delta(mu, epsilon * 1.1) <= delta);
  }

  /** The classical sufficient noise, √(2 ln(1.25/δ))/ε for ε ≤ 1, is never below the exact one. */
  @Property(tries = 40)
  void neverNeedsMoreNoiseThanTheClassicalBound(
      @ForAll @DoubleRange(min = 0.01, max = 1) double epsilon,
      @ForAll @DoubleRange(min = -30, max = -1) double log10Delta) {
    double delta = Math.pow(10, log10Delta);
    double classical = Math.sqrt(2 * Math.log(1.25 / delta)) / epsilon;
    assertTrue(GaussianDp.noiseMultiplier(GaussianDp.mu(epsilon, delta)) < classical);
  }

  @Test
  void composesAsTheRootOfSquaresRoundedUp() {
    assertEquals(5, GaussianDp.compose(3, 4));
    assertEquals(0, GaussianDp.compose());
    assertEquals(0.1, GaussianDp.compose(0.1, 0, 0));
    assertEquals(Math.nextUp(1.0), GaussianDp.compose(1, 1e-200));
    assertEquals(1e300, GaussianDp.compose(1e300));
    assertEquals(Double.MIN_VALUE, GaussianDp.compose(Double.MIN_VALUE));
    assertEquals(Double.POSITIVE_INFINITY, GaussianDp.compose(1.7e308, 1.7e308));
    double root = GaussianDp.compose(1, 1);
    assertRoundedUp("1.4142135623730950488016887242096980785697", root);
  }

  @Property
  void reciprocalsAreRoundedUp(@ForAll @DoubleRange(min = -300, max = 300) double log10) {
    double value = Math.pow(10, log10);
    double reciprocal = GaussianDp.muOf(value);
    assertEquals(reciprocal, GaussianDp.noiseMultiplier(value));
    BigDecimal exact = new BigDecimal(value);
    assertTrue(new BigDecimal(reciprocal).multiply(exact).compareTo(BigDecimal.ONE) >= 0);
    assertTrue(
        new BigDecimal(Math.nextDown(reciprocal)).multiply(exact).compareTo(BigDecimal.ONE) < 0);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, -1, 0, 1, 2})
  void refusesDeltaOutsideTheUnitInterval(double delta) {
    assertThrows(IllegalArgumentException.class, () -> GaussianDp.epsilon(1, delta));
    assertThrows(IllegalArgumentException.class, () -> GaussianDp.mu(1, delta));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, -1, -Double.MIN_VALUE})
  void refusesNegativeAndNaN(double value) {
    assertThrows(IllegalArgumentException.class, () -> GaussianDp.epsilon(value, 0.1));
    assertThrows(IllegalArgumentException.class, () -> GaussianDp.delta(value, 1));
    assertThrows(IllegalArgumentException.class, () -> GaussianDp.delta(1, value));
    assertThrows(IllegalArgumentException.class, () -> GaussianDp.mu(value, 0.1));
    assertThrows(IllegalArgumentException.class, () -> GaussianDp.compose(1, value));
    assertThrows(IllegalArgumentException.class, () -> GaussianDp.noiseMultiplier(value));
    assertThrows(IllegalArgumentException.class, () -> GaussianDp.muOf(value));
  }

  /**
   * The nearest double, which a rounded-to-nearest evaluation returns, fails the safe-side test.
   */
  @Test
  void theSafeSideTestRejectsRoundingToNearest() {
    long unsafe =
        exactInputs()
            .map(row -> row.split(" ", -1))
            .filter(field -> field[0].equals("delta"))
            .filter(
                field -> new BigDecimal(number(field[3])).compareTo(new BigDecimal(field[3])) < 0)
            .count();
    assertFalse(unsafe == 0);
  }
}
