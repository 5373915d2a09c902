package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpectrumTest {

  private static final int COUNT = 1000;
  private static final double EPSILON = 0.25;

  @ParameterizedTest
  @ValueSource(ints = {2, 8, 64, 256})
  void transformsAsTheDefinitionSays(int size) {
    Random random = new Random(7);
    double[] real = random.doubles(size).toArray();
    double[] imaginary = random.doubles(size).toArray();
    double[] transformedReal = real.clone();
    double[] transformedImaginary = imaginary.clone();
    Fft fft = new Fft(size);
    fft.forward(transformedReal, transformedImaginary);
    double sum = 0;
    for (int j = 0; j < size; j++) {
      sum += Math.hypot(real[j], imaginary[j]);
    }
    int bits = Integer.numberOfTrailingZeros(size);
    for (int k = 0; k < size; k++) {
      double r = 0;
      double i = 0;
      for (int j = 0; j < size; j++) {
        double angle = -2 * Math.PI * (j * k % size) / size;
        r += real[j] * Math.cos(angle) - imaginary[j] * Math.sin(angle);
        i += real[j] * Math.sin(angle) + imaginary[j] * Math.cos(angle);
      }
      int at = Integer.reverse(k) >>> (32 - bits);
      assertEquals(r, transformedReal[at], 4 * fft.error() * sum);
      assertEquals(i, transformedImaginary[at], 4 * fft.error() * sum);
    }
    fft.inverse(transformedReal, transformedImaginary);
    for (int j = 0; j < size; j++) {
      assertEquals(real[j], transformedReal[j] / size, 2 * fft.error() * sum);
      assertEquals(imaginary[j], transformedImaginary[j] / size, 2 * fft.error() * sum);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, -4})
  void refusesOtherSizes(int size) {
    assertThrows(IllegalArgumentException.class, () -> new Fft(size));
  }

  private static double[] composedResponses() {
    // Both losses are lattice points, so the convolution is a binomial law.
    TiltedLaw law = TiltedLaw.of(BoundedLossPair.pureDp(EPSILON), 0, EPSILON, -EPSILON, EPSILON);
    Spectrum spectrum = new Spectrum(new Fft(1 << 11));
    spectrum.convolve(law, COUNT);
    return spectrum.convolution();
  }

  private static double[] exactMasses() {
    double up = 1 / (1 + Math.exp(-EPSILON));
    double logMass = COUNT * Math.log1p(-up);
    double[] masses = new double[COUNT + 1];
    for (int k = 0; k <= COUNT; k++) {
      masses[k] = Math.exp(logMass);
      logMass += Math.log((double) (COUNT - k) / (k + 1)) + EPSILON;
    }
    return masses;
  }

  private static int missing(double[] circle, double[] exact, double slack) {
    int missing = 0;
    for (int k = 0; k <= COUNT; k++) {
      if (circle[Math.floorMod(2 * k - COUNT, circle.length)] < exact[k] * (1 - slack)) {
        missing++;
      }
    }
    return missing;
  }

  @Test
  void massesAreBoundedFromAbove() {
    double[] circle = composedResponses();
    double[] exact = exactMasses();
    assertEquals(0, missing(circle, exact, 1e-11));
    for (int k = 400; k < 700; k++) {
      double bound = circle[Math.floorMod(2 * k - COUNT, circle.length)];
      assertTrue(bound <= exact[k] * (1 + 1e-10) + 1e-12, "mass " + k);
    }
  }

  /** Without the bound on the transforms' rounding, masses in the tails are too small. */
  @Test
  void aTransformWithoutItsErrorBoundFails() {
    double[] circle = composedResponses();
    double bound = Double.POSITIVE_INFINITY;
    for (double mass : circle) {
      bound = Math.min(bound, mass);
    }
    double[] bare = circle.clone();
    for (int j = 0; j < bare.length; j++) {
      bare[j] -= bound;
    }
    assertTrue(missing(bare, exactMasses(), 1e-11) > 10);
  }
}
