package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quietune.model.ParameterInfo;

/** Subspaces that train a part of the model: chosen parameters, or cores of its weights. */
class PartSubspaceTest {

  private static final List<ParameterInfo> LAYERS =
      List.of(
          new ParameterInfo("wide", List.of(3, 5), 2, ParameterInfo.Role.WEIGHT),
          new ParameterInfo("bias", List.of(3), 17, ParameterInfo.Role.BIAS),
          new ParameterInfo("tall", List.of(4, 1, 2), 20, ParameterInfo.Role.WEIGHT));
  private static final int D = 28;

  private static double[] theta() {
    return Matrices.uniform(new SplittableRandom(5), D);
  }

  private static Subspace subspace(String kind) {
    return kind.equals("coordinates")
        ? new CoordinateSubspace(D, new int[] {0, 3, 4, 27}, "some")
        : SingularCoreSubspace.of(LAYERS, theta(), 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"coordinates", "cores"})
  void projectIsTheAdjointOfLift(String kind) {
    Subspace subspace = subspace(kind);
    SplittableRandom random = new SplittableRandom(3);
    int k = subspace.dimension();
    double[] rows = Matrices.uniform(random, 4 * D);
    double[] projected = subspace.project(rows, 4);
    for (int i = 0; i < 4; i++) {
      double[] z = Matrices.uniform(random, k);
      assertEquals(
          Matrices.dot(subspace.lift(z), Arrays.copyOfRange(rows, i * D, (i + 1) * D)),
          Matrices.dot(z, Arrays.copyOfRange(projected, i * k, (i + 1) * k)),
          1e-12);
    }
    double[] root = Matrices.uniform(random, k * k);
    double[] expected = Matrices.product(4, k, k, projected, Matrices.transposed(k, k, root));
    double[] out = new double[4 * k + 1];
    subspace.times(root).apply(rows, 4, out, 1);
    assertArrayEquals(expected, Arrays.copyOfRange(out, 1, out.length), 1e-12);
    subspace.times(-2).apply(rows, 4, out, 1);
    for (int i = 0; i < projected.length; i++) {
      assertEquals(-2 * projected[i], out[i + 1], 1e-12);
    }
  }

  /** A row's bits do not depend on the rows beside it. */
  @ParameterizedTest
  @ValueSource(strings = {"coordinates", "cores"})
  void rowsAreMappedOneByOne(String kind) {
    RowMap map = subspace(kind).times(1);
    double[] rows = Matrices.uniform(new SplittableRandom(9), 5 * D);
    double[] together = new double[5 * map.dimension()];
    map.apply(rows, 5, together, 0);
    for (int i = 0; i < 5; i++) {
      double[] alone = new double[map.dimension()];
      map.apply(Arrays.copyOfRange(rows, i * D, (i + 1) * D), 1, alone, 0);
      assertArrayEquals(
          alone, Arrays.copyOfRange(together, i * map.dimension(), (i + 1) * map.dimension()));
    }
  }

  /** The core that is the identity of full rank gives the weight itself: ΔW = UΣVᵀ = W. */
  @Test
  void theWholeCoreIsTheWeight() {
    double[] theta = theta();
    SingularCoreSubspace full = SingularCoreSubspace.of(LAYERS, theta, 9);
    assertEquals(3 * 3 + 2 * 2, full.dimension());
    double[] z = new double[full.dimension()];
    for (int j = 0; j < 3; j++) {
      z[j * 3 + j] = 1;
    }
    for (int j = 0; j < 2; j++) {
      z[9 + j * 2 + j] = 1;
    }
    double[] expected = new double[D];
    System.arraycopy(theta, 2, expected, 2, 15);
    System.arraycopy(theta, 20, expected, 20, 8);
    assertArrayEquals(expected, full.lift(z), 1e-12);
    // With a lower rank it is the best approximation of that rank: closer than any one column.
    double[] rankOne = SingularCoreSubspace.of(LAYERS, theta, 1).lift(new double[] {1, 1});
    assertTrue(distance(rankOne, expected) < Math.sqrt(Matrices.dot(expected, expected)));
    assertNotEquals(0, distance(rankOne, expected));
  }

  private static double distance(double[] a, double[] b) {
    double squared = 0;
    for (int i = 0; i < a.length; i++) {
      squared += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(squared);
  }

  @Test
  void saysWhatItIs() {
    assertEquals("some: 4 of 28 parameters", subspace("coordinates").summary());
    assertEquals(
        "singular cores: 8 directions of 28 parameters in 2 weights", subspace("cores").summary());
  }

  @Test
  void refusesWhatIsNoPart() {
    for (int[] bad : new int[][] {{}, {3, 3}, {4, 1}, {-1}, {D}}) {
      assertThrows(IllegalArgumentException.class, () -> new CoordinateSubspace(D, bad, "part"));
    }
    assertThrows(
        IllegalArgumentException.class, () -> SingularCoreSubspace.of(LAYERS, new double[D], 2));
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
