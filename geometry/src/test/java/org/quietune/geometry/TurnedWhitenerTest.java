package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnedWhitenerTest {
  private static final int K = 7;
  private static final int VECTORS = 5;

  private static TurnedWhitener random(int most) {
    SplittableRandom random = new SplittableRandom(4);
    double[] h = Matrices.positiveSemidefinite(random, K, 2 * K);
    List<double[]> vectors =
        IntStream.range(0, VECTORS).mapToObj(i -> Matrices.uniform(random, K)).toList();
    return TurnedWhitener.along(new SpectralWhitener(Spectrum.of(K, h), 0.3), vectors, most);
  }

  /** Along (3, 4)/5 a root mean square of 5, along (−4, 3)/5 of 1; B = I/2. */
  @Test
  void turnsAndScalesByHand() {
    List<double[]> vectors =
        List.of(
            new double[] {3 * Math.sqrt(2), 4 * Math.sqrt(2)},
            new double[] {-0.8 * Math.sqrt(2), 0.6 * Math.sqrt(2)});
    TurnedWhitener whitener = TurnedWhitener.along(new IsotropicWhitener(2, 3), vectors, 2);
    assertArrayEquals(new double[] {25, 1}, whitener.meanSquares(), 1e-12);
    double[] whitened = whitener.whiten(new double[] {6, 8});
    assertEquals(25, Math.abs(whitened[0]), 1e-12);
    assertEquals(0, whitened[1], 1e-12);
    double[] stepped = whitener.unwhiten(new double[] {0, 2});
    assertEquals(0.8, Math.abs(stepped[0]), 1e-12);
    assertEquals(0.6, Math.abs(stepped[1]), 1e-12);
    assertEquals(3, whitener.damping());
    assertEquals(1, TurnedWhitener.along(new IsotropicWhitener(2, 3), vectors, 1).dimension());
    assertArrayEquals(new double[] {1, 1}, whitener.spectrum(), 1e-12);
  }

  /** No direction is made up: rank and the asked-for number bound them. */
  @Test
  void hasAsManyDirectionsAsTheVectors() {
    assertEquals(VECTORS, random(K).dimension());
    assertEquals(2, random(2).dimension());
    assertThrows(
        IllegalArgumentException.class,
        () -> TurnedWhitener.along(new IsotropicWhitener(2, 1), List.of(new double[2]), 2));
  }

  /** What a row becomes is B'g, its bits do not depend on other rows, and B'ᵀ is its adjoint. */
  @Test
  void mapsRowByRow() {
    TurnedWhitener whitener = random(K);
    int r = whitener.dimension();
    SplittableRandom random = new SplittableRandom(9);
    double[] rows = Matrices.uniform(random, 3 * K);
    RowMap map = whitener.whitening(new IdentitySubspace(K)).map();
    double[] together = new double[3 * r];
    map.apply(rows, 3, together, 0);
    double[] w = Matrices.uniform(random, r);
    for (int i = 0; i < 3; i++) {
      double[] row = Arrays.copyOfRange(rows, i * K, (i + 1) * K);
      double[] alone = new double[r];
      map.apply(row, 1, alone, 0);
      assertArrayEquals(alone, Arrays.copyOfRange(together, i * r, (i + 1) * r), 0.0);
      assertArrayEquals(whitener.whiten(row), alone, 1e-12);
      assertEquals(Matrices.dot(alone, w), Matrices.dot(row, whitener.unwhiten(w)), 1e-12);
    }
  }

  @Test
  void itsDescriptionMakesItAgain() {
    TurnedWhitener whitener = random(3);
    byte[] bytes = whitener.description().bytes();
    Whitener again = Whiteners.of(Description.parse(bytes));
    double[] w = Matrices.uniform(new SplittableRandom(3), 3);
    assertArrayEquals(whitener.unwhiten(w), again.unwhiten(w), 0.0);
    assertArrayEquals(bytes, again.description().bytes());
    assertEquals(whitener.damping(), again.damping());
  }
}
