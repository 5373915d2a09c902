package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CoordinateSubspaceTest {
  private static final int D = 28;
  private static final Subspace SUBSPACE = new CoordinateSubspace(D, new int[] {0, 3, 4, 27});

  @Test
  void trainsItsParametersAndNoOther() {
    double[] lifted = SUBSPACE.lift(new double[] {1, 2, 3, 4});
    double[] expected = new double[D];
    expected[0] = 1;
    expected[3] = 2;
    expected[4] = 3;
    expected[27] = 4;
    assertArrayEquals(expected, lifted);
    assertArrayEquals(new double[] {1, 2, 3, 4}, SUBSPACE.project(lifted, 1));
  }

  @Test
  void projectIsTheAdjointOfLift() {
    SplittableRandom random = new SplittableRandom(3);
    double[] rows = Matrices.uniform(random, 4 * D);
    double[] projected = SUBSPACE.project(rows, 4);
    for (int i = 0; i < 4; i++) {
      double[] z = Matrices.uniform(random, 4);
      assertEquals(
          Matrices.dot(SUBSPACE.lift(z), Arrays.copyOfRange(rows, i * D, (i + 1) * D)),
          Matrices.dot(z, Arrays.copyOfRange(projected, i * 4, (i + 1) * 4)),
          1e-12);
    }
    double[] root = Matrices.uniform(random, 16);
    double[] expected = Matrices.product(4, 4, 4, projected, Matrices.transposed(4, 4, root));
    double[] out = new double[17];
    SUBSPACE.times(root).apply(rows, 4, out, 1);
    assertArrayEquals(expected, Arrays.copyOfRange(out, 1, 17), 1e-12);
    SUBSPACE.times(-2).apply(rows, 4, out, 1);
    for (int i = 0; i < 16; i++) {
      assertEquals(-2 * projected[i], out[i + 1], 1e-12);
    }
  }

  @Test
  void isMadeAgainFromItsDescription() {
    Subspace again = Subspaces.of(Description.parse(SUBSPACE.description().bytes()));
    double[] z = {1, -2, 3, 0.5};
    assertArrayEquals(SUBSPACE.lift(z), again.lift(z));
    assertEquals(SUBSPACE.summary(), again.summary());
    assertTrue(SUBSPACE.summary().contains("k = 4 of d = 28"), SUBSPACE.summary());
  }

  @Test
  void refusesWhatIsNoChoice() {
    for (int[] bad : new int[][] {{}, {3, 3}, {4, 1}, {-1}, {D}}) {
      assertThrows(IllegalArgumentException.class, () -> new CoordinateSubspace(D, bad));
    }
  }
}
