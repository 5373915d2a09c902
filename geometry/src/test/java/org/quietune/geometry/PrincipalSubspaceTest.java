package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PrincipalSubspaceTest {
  private static final int K = 6;

  private final ModelFile model = PublicModels.mlp(4, 3, 5, 1);
  private final Network network = Network.of(model);
  private final double[] theta = model.parameterValues();
  private final int d = theta.length;
  private final Batch sample = PublicModels.batch(80, 4, 3, 2);
  private final Subspace subspace = PrincipalSubspace.of(network, theta, sample, K);

  @AfterAll
  void close() {
    network.close();
  }

  private static double[] column(Subspace subspace, int j) {
    return subspace.lift(Matrices.unit(subspace.dimension(), j));
  }

  private static void assertOrthonormal(Subspace subspace, double tolerance) {
    for (int i = 0; i < subspace.dimension(); i++) {
      for (int j = 0; j <= i; j++) {
        assertEquals(
            i == j ? 1 : 0,
            Matrices.dot(column(subspace, i), column(subspace, j)),
            tolerance,
            i + ", " + j);
      }
    }
  }

  @Test
  void hasOrthonormalColumns() {
    assertEquals(K, subspace.dimension());
    assertEquals(d, subspace.ambientDimension());
    assertOrthonormal(subspace, 1e-10);
    // Directions near the rank's end are known to fewer digits.
    assertOrthonormal(PrincipalSubspace.of(network, theta, sample, d), 1e-5);
  }

  /** The columns are the eigenvectors of the leading eigenvalues of the matrix that they avoid. */
  @Test
  void spansTheLeadingEigenvectors() {
    double[] h =
        Matrices.symmetric(d, GaussNewton.dense(network, theta, sample, new IdentitySubspace(d)));
    double[] values = Spectrum.of(d, h).values();
    assertTrue(values[K - 1] > 1.01 * values[K], "the leading eigenvalues stand apart");
    for (int j = 0; j < K; j++) {
      double[] p = column(subspace, j);
      double[] image = Matrices.product(1, d, d, p, h);
      double[] expected = p.clone();
      for (int i = 0; i < d; i++) {
        expected[i] *= values[j];
      }
      assertArrayEquals(expected, image, 1e-11 * values[0], "column " + j);
    }
  }

  @Test
  void projectIsTheAdjointOfLift() {
    SplittableRandom random = new SplittableRandom(3);
    double[] rows = Matrices.uniform(random, 4 * d);
    double[] projected = subspace.project(rows, 4);
    assertEquals(4 * K, projected.length);
    for (int i = 0; i < 4; i++) {
      double[] z = Matrices.uniform(random, K);
      double[] g = Arrays.copyOfRange(rows, i * d, (i + 1) * d);
      double[] pg = Arrays.copyOfRange(projected, i * K, (i + 1) * K);
      assertEquals(Matrices.dot(subspace.lift(z), g), Matrices.dot(z, pg), 1e-12);
    }
    double[] z = Matrices.uniform(random, K);
    assertArrayEquals(z, subspace.project(subspace.lift(z), 1), 1e-10, "PᵀP = I");
  }

  /** {@code R Pᵀ g}: what private gradients take, against the way that public ones take. */
  @Test
  void timesIsProjectAndThenTheRoot() {
    SplittableRandom random = new SplittableRandom(7);
    double[] rows = Matrices.uniform(random, 5 * d);
    double[] root = Matrices.uniform(random, K * K);
    double[] projected = subspace.project(rows, 5);
    double[] expected = Matrices.product(5, K, K, projected, Matrices.transposed(K, K, root));
    double[] actual = new double[5 * K];
    subspace.times(root).apply(rows, 5, actual, 0);
    assertArrayEquals(expected, actual, 1e-12);
    subspace.times(2.5).apply(rows, 5, actual, 0);
    for (int i = 0; i < actual.length; i++) {
      assertEquals(2.5 * projected[i], actual[i], 1e-12);
    }
  }

  @Test
  void identityKeepsEverything() {
    Subspace all = new IdentitySubspace(3);
    double[] g = {1, -2, 3};
    assertArrayEquals(g, all.project(g, 1));
    assertArrayEquals(g, all.lift(g));
    double[] out = new double[3];
    all.times(-2).apply(g, 1, out, 0);
    assertArrayEquals(new double[] {-2, 4, -6}, out);
    all.times(new double[] {1, 2, 3, 0, 0, 1, 1, 0, 0}).apply(g, 1, out, 0);
    assertArrayEquals(new double[] {6, 3, 1}, out);
    assertEquals(3, all.dimension());
    assertEquals(3, all.ambientDimension());
  }

  @Test
  void isNoWiderThanTheSampleCanTell() {
    ModelFile logistic = PublicModels.logistic(5, 2, 4);
    try (Network linear = Network.of(logistic)) {
      Batch two = PublicModels.batch(2, 5, 2, 5);
      assertEquals(2, PrincipalSubspace.of(linear, logistic.parameterValues(), two, 6).dimension());
    }
  }

  @Test
  void refusesASampleWithoutCurvature() {
    ModelFile logistic = PublicModels.logistic(2, 2, 4);
    try (Network linear = Network.of(logistic)) {
      // Every probability is 1 to the last digit, so the loss is flat.
      double[] certain = {0, 0, 1e4};
      Batch batch = PublicModels.batch(10, 2, 2, 5);
      assertThrows(
          ArithmeticException.class, () -> PrincipalSubspace.of(linear, certain, batch, 2));
    }
  }
}
