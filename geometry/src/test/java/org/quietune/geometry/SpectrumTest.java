package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SpectrumTest {
  private static final double ROOT_HALF = Math.sqrt(0.5);

  @Test
  void twoByTwoByHand() {
    Spectrum spectrum = Spectrum.of(2, new double[] {2, 1, 1, 2});
    assertArrayEquals(new double[] {3, 1}, spectrum.values(), 1e-14);
    assertUpToSign(new double[] {ROOT_HALF, ROOT_HALF}, vector(spectrum, 0));
    assertUpToSign(new double[] {ROOT_HALF, -ROOT_HALF}, vector(spectrum, 1));
    assertEquals(2, spectrum.mean(), 1e-14);
    assertEquals(0.75 + 0.5, spectrum.effectiveDimension(1), 1e-14);
    assertEquals(2, spectrum.effectiveDimension(0), 1e-14);
  }

  /** The second difference: eigenvalues 2 + √2, 2, 2 − √2. */
  @Test
  void threeByThreeByHand() {
    Spectrum spectrum = Spectrum.of(3, new double[] {2, -1, 0, -1, 2, -1, 0, -1, 2});
    assertArrayEquals(
        new double[] {2 + Math.sqrt(2), 2, 2 - Math.sqrt(2)}, spectrum.values(), 1e-14);
    assertUpToSign(new double[] {0.5, -ROOT_HALF, 0.5}, vector(spectrum, 0));
    assertUpToSign(new double[] {ROOT_HALF, 0, -ROOT_HALF}, vector(spectrum, 1));
    assertUpToSign(new double[] {0.5, ROOT_HALF, 0.5}, vector(spectrum, 2));
  }

  @Test
  void readsTheUpperTriangleAndLeavesTheArgumentAlone() {
    double[] upper = {2, 1, 777, 2};
    assertArrayEquals(new double[] {3, 1}, Spectrum.of(2, upper).values(), 1e-14);
    assertArrayEquals(new double[] {2, 1, 777, 2}, upper);
  }

  @Test
  void roundingBelowZeroBecomesZero() {
    assertArrayEquals(
        new double[] {1, 0}, Spectrum.of(2, new double[] {1, 0, 0, -1e-15}).values(), 0);
  }

  @Property(tries = 50)
  void reconstructsItsMatrix(@ForAll @IntRange(min = 1, max = 20) int k, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] matrix = Matrices.positiveSemidefinite(random, k, 1 + random.nextInt(2 * k));
    Spectrum spectrum = Spectrum.of(k, matrix);
    double[] values = spectrum.values();
    double[] scaled = spectrum.vectors().clone();
    for (int j = 0; j < k; j++) {
      assertTrue(values[j] >= 0 && (j == 0 || values[j] <= values[j - 1]));
      for (int i = 0; i < k; i++) {
        scaled[j * k + i] *= values[j];
      }
    }
    double[] transposed = Matrices.transposed(k, k, spectrum.vectors());
    double tolerance = 1e-13 * k * (1 + values[0]);
    assertArrayEquals(matrix, Matrices.product(k, k, k, transposed, scaled), tolerance);
    assertArrayEquals(
        Matrices.identity(k), Matrices.product(k, k, k, transposed, spectrum.vectors()), 1e-13 * k);
  }

  @Test
  void refusesWhatIsNoMatrix() {
    assertThrows(IllegalArgumentException.class, () -> Spectrum.of(2, new double[3]));
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(ArithmeticException.class, () -> Spectrum.of(1, new double[] {bad}));
    }
  }

  private static double[] vector(Spectrum spectrum, int j) {
    int k = spectrum.dimension();
    return Matrices.product(1, k, k, Matrices.unit(k, j), spectrum.vectors());
  }

  private static void assertUpToSign(double[] expected, double[] actual) {
    double sign = Math.signum(Matrices.dot(expected, actual));
    for (int j = 0; j < expected.length; j++) {
      assertEquals(expected[j], sign * actual[j], 1e-14);
    }
  }

  /** (H+λI)⁻¹ times H+λI is the identity. */
  @Test
  void theDampedInverseInverts() {
    double[] h = {4, 1, 0, 1, 3, 1, 0, 1, 2};
    double[] inverse = Spectrum.of(3, h).inverse(0.5);
    double[] damped = h.clone();
    for (int j = 0; j < 3; j++) {
      damped[j * 3 + j] += 0.5;
    }
    assertArrayEquals(
        new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1},
        Matrices.product(3, 3, 3, inverse, damped),
        1e-14);
    assertThrows(IllegalArgumentException.class, () -> Spectrum.of(3, h).inverse(0));
  }
}
