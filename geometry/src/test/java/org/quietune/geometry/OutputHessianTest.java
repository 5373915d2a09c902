package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quietune.model.Batch;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;

/** Curvature of weighted cross-entropy, squared error and Huber's loss. */
class OutputHessianTest {
  private static final double STEP = 1e-2;

  /** Differences of float32 gradients. */
  private static final double TOLERANCE = 1e-4;

  private static ModelFile model(Loss loss, int classes) {
    return loss.isRegression()
        ? PublicModels.linear(3, loss, 5)
        : PublicModels.logistic(3, classes, 5).minimizing(loss);
  }

  private static double[][] hessian(Network network, double[] theta, Batch batch) {
    double[][] rows = new double[theta.length][];
    for (int j = 0; j < theta.length; j++) {
      double[] up = theta.clone();
      double[] down = theta.clone();
      up[j] += STEP;
      down[j] -= STEP;
      rows[j] = network.meanGradient(up, batch);
      double[] other = network.meanGradient(down, batch);
      for (int i = 0; i < other.length; i++) {
        rows[j][i] = (rows[j][i] - other[i]) / (2 * STEP);
      }
    }
    return rows;
  }

  /** The model is linear, so that Gauss–Newton is the Hessian. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "squared",
        "huber:0.4",
        "huber:50",
        "cross-entropy:0.5,3.0",
        "cross-entropy:0.5,3.0,1.5"
      })
  void isTheHessianByDifferences(String text) {
    Loss loss = Loss.parse(text);
    int classes = Math.max(2, loss.classWeights().size());
    ModelFile model = model(loss, classes);
    Batch batch = awayFromTheKink(model, PublicModels.batch(200, 3, classes, 6));
    try (Network network = Network.of(model)) {
      double[] theta = model.parameterValues();
      int d = theta.length;
      double[] matrix = GaussNewton.dense(network, theta, batch, new IdentitySubspace(d));
      double[][] expected = hessian(network, theta, batch);
      for (int i = 0; i < d; i++) {
        for (int j = i; j < d; j++) {
          assertEquals(expected[i][j], matrix[i * d + j], 20 * TOLERANCE * (1 + expected[i][i]));
        }
      }
      // The broken twin leaves out what this loss changes: weights, or the threshold.
      if (!text.equals("squared") && !text.equals("huber:50")) {
        Loss plain = loss.isRegression() ? Loss.squaredError() : Loss.crossEntropy();
        try (Network other = Network.of(model, plain)) {
          double[] twin = GaussNewton.dense(other, theta, batch, new IdentitySubspace(d));
          assertTrue(Math.abs(twin[0] - matrix[0]) > 0.05 * matrix[0]);
        }
      }
    }
  }

  /** Leaves out records whose residual a step of the differences would carry over the threshold. */
  private static Batch awayFromTheKink(ModelFile model, Batch batch) {
    if (model.loss().kind() != Loss.Kind.HUBER) {
      return batch;
    }
    try (Network network = Network.of(model)) {
      double[] outputs = network.logits(model.parameterValues(), batch);
      double[] labels = batch.labels().clone();
      for (int i = 0; i < labels.length; i++) {
        double distance = Math.abs(outputs[i] - labels[i]) - model.loss().threshold();
        if (Math.abs(distance) < 3 * STEP) {
          labels[i] = outputs[i];
        }
      }
      return new Batch(batch.size(), batch.width(), batch.features(), labels);
    }
  }

  /**
   * A score's mean square at drawn labels is the mean Hessian of the same records without labels:
   * 20,000 records, z below 5.4 in every direction (two-sided 1e-7 each).
   */
  @ParameterizedTest
  @ValueSource(strings = {"squared", "huber:0.4", "huber:1.5"})
  void drawnLabelsGiveTheMeanHessian(String text) {
    Loss loss = Loss.parse(text);
    ModelFile model = model(loss, 2);
    int n = 20_000;
    Batch some = PublicModels.batch(n, 3, 2, 8);
    double[] none = new double[n];
    Arrays.fill(none, Double.NaN);
    Batch batch = new Batch(n, some.width(), some.features(), none);
    try (Network network = Network.of(model)) {
      double[] theta = model.parameterValues();
      Subspace all = new IdentitySubspace(theta.length);
      double[] exact = CurvatureRows.exact(network, theta, batch, all).meanSquares();
      double[] drawn = CurvatureRows.sampled(network, theta, batch, all, 7).meanSquares();
      double[] wrong = exact.clone();
      for (int j = 0; j < exact.length; j++) {
        // Of a score's square times a feature's: at most 3 and 2⁴.
        double error = 5.4 * Math.sqrt(3 * 16.0 / n);
        assertEquals(exact[j], drawn[j], error);
        wrong[j] *= 1.5;
      }
      // The twin: another noise variance would be seen.
      assertTrue(Math.abs(wrong[0] - drawn[0]) > 0.2 * exact[0]);
    }
  }

  /** With weights, labels are drawn and the weight is the record's own. */
  @Test
  void weightsStayWithTheRecordsOwnLabel() {
    Loss loss = Loss.crossEntropy(List.of(0.2, 4.0, 1.0));
    ModelFile model = model(loss, 3);
    Batch batch = PublicModels.batch(20_000, 3, 3, 9);
    try (Network network = Network.of(model)) {
      double[] theta = model.parameterValues();
      Subspace all = new IdentitySubspace(theta.length);
      double[] exact = CurvatureRows.exact(network, theta, batch, all).meanSquares();
      double[] drawn = CurvatureRows.sampled(network, theta, batch, all, 7).meanSquares();
      for (int j = 0; j < exact.length; j++) {
        assertEquals(exact[j], drawn[j], 5.4 * 4 * 4 / Math.sqrt(20_000));
      }
    }
  }

  /**
   * At labels drawn uniformly a record's row is its weighted gradient at that label, in all
   * parameters as in a subspace that is reduced inside the backward pass.
   */
  @Test
  void weightsFollowLabelsThatAreDrawnUniformly() {
    int n = 6000;
    Loss loss = Loss.crossEntropy(List.of(0.2, 4.0, 1.0));
    ModelFile model = model(loss, 3);
    Batch batch = PublicModels.batch(n, 3, 3, 9);
    try (Network network = Network.of(model);
        Network unweighted = Network.of(model, Loss.crossEntropy())) {
      double[] theta = model.parameterValues();
      int d = theta.length;
      Subspace all = new IdentitySubspace(d);
      double[] drawn = CurvatureRows.uniform(network, theta, batch, all, 7).meanSquares();
      double[] exact = new double[d];
      double[] rows = new double[n * d];
      for (int label = 0; label < 3; label++) {
        double[] labels = new double[n];
        Arrays.fill(labels, label);
        unweighted.perExampleGradients(theta, new Batch(n, 3, batch.features(), labels), rows);
        double weight = loss.classWeights().get(label);
        for (int i = 0; i < rows.length; i++) {
          exact[i % d] += weight * weight * rows[i] * rows[i] / (3 * n);
        }
      }
      double[] plain = CurvatureRows.uniform(unweighted, theta, batch, all, 7).meanSquares();
      double twin = 0;
      for (int j = 0; j < d; j++) {
        // A square is at most 16 times a feature's: 2 to the power of 4 at four deviations.
        assertEquals(exact[j], drawn[j], 5.4 * 16 * 4 / Math.sqrt(n));
        twin = Math.max(twin, Math.abs(exact[j] - plain[j]) / exact[j]);
      }
      assertTrue(twin > 0.5, "the twin without weights must be seen, was " + twin);

      Subspace few = SubspaceChoice.parse("gaussian:4").on(network, theta, batch);
      double[] projected = few.project(uniformRows(network, theta, batch, all, d), n);
      assertArrayEquals(projected, uniformRows(network, theta, batch, few, 4), 1e-4);
    }
  }

  private static double[] uniformRows(
      Network network, double[] theta, Batch batch, Subspace subspace, int k) {
    double[] all = new double[batch.size() * k];
    int[] from = {0};
    CurvatureRows.uniform(network, theta, batch, subspace, 7)
        .forEach(
            (rows, count) -> {
              System.arraycopy(rows, 0, all, from[0], count * k);
              from[0] += count * k;
            });
    return all;
  }
}
