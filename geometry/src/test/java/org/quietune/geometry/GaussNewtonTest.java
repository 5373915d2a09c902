package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;

/**
 * The oracles differentiate numerically, from values in float32: five-point differences at a wide
 * step keep their own error below 2e-5.
 */
class GaussNewtonTest {
  private static final double STEP = 0.05;
  private static final double TOLERANCE = 5e-5;

  /** Central differences of fourth order: row j is the derivative along parameter j. */
  private static double[][] derivative(Function<double[], double[]> f, double[] theta) {
    double[][] rows = new double[theta.length][];
    for (int j = 0; j < theta.length; j++) {
      double[] near = difference(f, theta, j, STEP);
      double[] far = difference(f, theta, j, 2 * STEP);
      for (int i = 0; i < near.length; i++) {
        near[i] = (4 * near[i] - far[i]) / 3;
      }
      rows[j] = near;
    }
    return rows;
  }

  private static double[] difference(
      Function<double[], double[]> f, double[] theta, int j, double step) {
    double[] up = theta.clone();
    double[] down = theta.clone();
    up[j] += step;
    down[j] -= step;
    double[] difference = f.apply(up);
    double[] low = f.apply(down);
    for (int i = 0; i < difference.length; i++) {
      difference[i] = (difference[i] - low[i]) / (2 * step);
    }
    return difference;
  }

  private static void assertUpperTriangle(double[][] expected, double[] actual) {
    int k = expected.length;
    double largest = 0;
    for (int i = 0; i < k; i++) {
      for (int j = i; j < k; j++) {
        assertEquals(expected[i][j], actual[i * k + j], TOLERANCE, i + ", " + j);
        largest = Math.max(largest, Math.abs(actual[i * k + j]));
      }
    }
    assertTrue(largest > 100 * TOLERANCE, "the matrix is no more than rounding");
  }

  /** Logits are linear in the parameters, so the Gauss–Newton matrix is the loss's own Hessian. */
  @ParameterizedTest
  @CsvSource({"2, 300", "2, 1", "3, 100"})
  void isTheHessianOfALinearModel(int classes, int size) {
    ModelFile model = PublicModels.logistic(3, classes, 11);
    Batch batch = PublicModels.batch(size, 3, classes, 12);
    try (Network network = Network.of(model)) {
      double[] theta = model.parameterValues();
      double[] matrix =
          GaussNewton.dense(network, theta, batch, new IdentitySubspace(theta.length));
      assertUpperTriangle(derivative(at -> network.meanGradient(at, batch), theta), matrix);
    }
  }

  /** {@code (1/N) Σ JᵀΛJ} with J by differences of the logits and Λ written out. */
  @ParameterizedTest
  @CsvSource({"2", "3"})
  void isTheMeanOfJacobianProducts(int classes) {
    ModelFile model = PublicModels.mlp(3, classes, 4, 21);
    Batch batch = PublicModels.batch(60, 3, classes, 22);
    try (Network network = Network.of(model)) {
      double[] theta = model.parameterValues();
      double[] matrix =
          GaussNewton.dense(network, theta, batch, new IdentitySubspace(theta.length));
      double[][] expected = bruteForce(network, theta, batch, true);
      assertUpperTriangle(expected, matrix);
      // The broken twin, Λ without its −ppᵀ, is another matrix by far more than the tolerance.
      double[][] twin = bruteForce(network, theta, batch, false);
      double largest = 0;
      for (int i = 0; i < theta.length; i++) {
        largest = Math.max(largest, Math.abs(twin[i][i] - matrix[i * theta.length + i]));
      }
      assertTrue(largest > 100 * TOLERANCE);
    }
  }

  private static double[][] bruteForce(
      Network network, double[] theta, Batch batch, boolean centered) {
    int d = theta.length;
    int outputs = network.outputs();
    double[][] jacobian = derivative(at -> network.logits(at, batch), theta);
    double[] logits = network.logits(theta, batch);
    double[][] sum = new double[d][d];
    for (int i = 0; i < batch.size(); i++) {
      double[][] lambda = lossHessian(logits, i * outputs, outputs, centered);
      for (int a = 0; a < d; a++) {
        for (int b = 0; b < d; b++) {
          for (int c = 0; c < outputs; c++) {
            for (int e = 0; e < outputs; e++) {
              sum[a][b] +=
                  jacobian[a][i * outputs + c]
                      * lambda[c][e]
                      * jacobian[b][i * outputs + e]
                      / batch.size();
            }
          }
        }
      }
    }
    return sum;
  }

  private static double[][] lossHessian(double[] logits, int from, int outputs, boolean centered) {
    double[] p = new double[outputs];
    if (outputs == 1) {
      p[0] = 1 / (1 + Math.exp(-logits[from]));
    } else {
      double sum = 0;
      for (int c = 0; c < outputs; c++) {
        p[c] = Math.exp(logits[from + c]);
        sum += p[c];
      }
      for (int c = 0; c < outputs; c++) {
        p[c] /= sum;
      }
    }
    double[][] lambda = new double[outputs][outputs];
    for (int c = 0; c < outputs; c++) {
      for (int e = 0; e < outputs; e++) {
        lambda[c][e] = (c == e ? p[c] : 0) - (centered ? p[c] * p[e] : 0);
      }
    }
    return lambda;
  }

  @Test
  void labelsPlayNoPart() {
    ModelFile model = PublicModels.mlp(3, 2, 4, 31);
    Batch batch = PublicModels.batch(50, 3, 2, 32);
    Batch relabeled = new Batch(50, 3, batch.features(), new double[50]);
    try (Network network = Network.of(model)) {
      double[] theta = model.parameterValues();
      IdentitySubspace all = new IdentitySubspace(theta.length);
      assertEquals(
          0,
          Matrices.largestDifference(
              GaussNewton.dense(network, theta, batch, all),
              GaussNewton.dense(network, theta, relabeled, all)));
    }
  }

  /** In subspace coordinates it is PᵀHP. */
  @Test
  void projectsIntoASubspace() {
    ModelFile model = PublicModels.mlp(3, 2, 4, 41);
    Batch batch = PublicModels.batch(300, 3, 2, 42);
    try (Network network = Network.of(model)) {
      double[] theta = model.parameterValues();
      int d = theta.length;
      Subspace subspace = PrincipalSubspace.of(network, theta, batch.slice(0, 30), 5);
      int k = subspace.dimension();
      double[] full =
          Matrices.symmetric(d, GaussNewton.dense(network, theta, batch, new IdentitySubspace(d)));
      double[] rows = new double[k * d];
      for (int j = 0; j < k; j++) {
        System.arraycopy(subspace.lift(Matrices.unit(k, j)), 0, rows, j * d, d);
      }
      double[] expected =
          Matrices.product(
              k, d, k, Matrices.product(k, d, d, rows, full), Matrices.transposed(k, d, rows));
      double[] actual = Matrices.symmetric(k, GaussNewton.dense(network, theta, batch, subspace));
      assertEquals(0, Matrices.largestDifference(expected, actual), 1e-12);
    }
  }
}
