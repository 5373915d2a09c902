package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class WhitenerTest {

  @Test
  void scalesAlongEigenvectorsByHand() {
    // H = diag(3, 8), λ = 1: B = diag(1/3, 1/2) with the larger eigenvalue first.
    Whitener whitener = new SpectralWhitener(Spectrum.of(2, new double[] {3, 0, 0, 8}), 1);
    double[] out = new double[2];
    whiten(whitener, new double[] {0, 6}, out);
    assertEquals(2, Math.abs(out[0]), 1e-14);
    assertEquals(0, out[1], 1e-14);
    whiten(whitener, new double[] {6, 0}, out);
    assertEquals(3, Math.abs(out[1]), 1e-14);
    assertArrayEquals(new double[] {8, 3}, whitener.spectrum(), 1e-14);
    assertEquals(1, whitener.damping());
    assertEquals(2, whitener.dimension());
  }

  private static void whiten(Whitener whitener, double[] rows, double[] out) {
    int k = whitener.dimension();
    whitener.whitening(new IdentitySubspace(k)).map().apply(rows, rows.length / k, out, 0);
  }

  /** {@code BᵀB(H+λI) = I}, the defining property. */
  @Property(tries = 50)
  void isARootOfTheInverse(
      @ForAll @IntRange(min = 1, max = 16) int k,
      @ForAll @DoubleRange(min = 0.01, max = 100) double damping,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] h = Matrices.positiveSemidefinite(random, k, 1 + random.nextInt(2 * k));
    assertRoot(new SpectralWhitener(Spectrum.of(k, h), damping), h, damping);
    assertRoot(new IsotropicWhitener(k, damping), Matrices.identity(k), damping);
  }

  private static void assertRoot(Whitener whitener, double[] h, double damping) {
    int k = whitener.dimension();
    double[] rows = new double[k * k];
    // Row i of this is B e_i, so it is Bᵀ.
    whiten(whitener, Matrices.identity(k), rows);
    double[] inverse = Matrices.product(k, k, k, rows, Matrices.transposed(k, k, rows));
    double[] damped = h.clone();
    for (int j = 0; j < k; j++) {
      damped[j * k + j] += damping;
    }
    double largest = Arrays.stream(damped).map(Math::abs).max().orElseThrow();
    assertArrayEquals(
        Matrices.identity(k),
        Matrices.product(k, k, k, inverse, damped),
        1e-13 * k * (1 + k * largest / damping));
  }

  /** {@code ⟨Bc, w⟩ = ⟨c, Bᵀw⟩}, row by row. */
  @Property(tries = 50)
  void unwhiteningIsTheAdjoint(
      @ForAll @IntRange(min = 1, max = 16) int k,
      @ForAll @IntRange(min = 1, max = 5) int count,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] h = Matrices.positiveSemidefinite(random, k, k);
    double damping = random.nextDouble(0.01, 2);
    for (Whitener whitener :
        new Whitener[] {
          new SpectralWhitener(Spectrum.of(k, h), damping), new IsotropicWhitener(k, damping)
        }) {
      double[] rows = Matrices.uniform(random, count * k);
      double[] whitened = new double[count * k];
      whiten(whitener, rows, whitened);
      double[] w = Matrices.uniform(random, k);
      double[] back = whitener.unwhiten(w);
      for (int i = 0; i < count; i++) {
        double[] c = Arrays.copyOfRange(rows, i * k, (i + 1) * k);
        double[] bc = Arrays.copyOfRange(whitened, i * k, (i + 1) * k);
        assertEquals(Matrices.dot(bc, w), Matrices.dot(c, back), 1e-12 * k / damping);
      }
    }
  }

  @Test
  void refusesAnUnusableDamping() {
    Spectrum spectrum = Spectrum.of(1, new double[] {1});
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(
          IllegalArgumentException.class, () -> new SpectralWhitener(spectrum, bad), "" + bad);
    }
    for (double bad : new double[] {-1e-300, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new IsotropicWhitener(1, bad), "" + bad);
    }
  }
}
