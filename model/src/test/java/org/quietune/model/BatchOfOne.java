package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;

/** The oracle for gradients per record: the gradient of a batch of one, and central differences. */
final class BatchOfOne {
  private static final double STEP = 1e-6;

  private BatchOfOne() {}

  /**
   * Requires that both engines give each record the gradient that a batch of it alone has in
   * float64.
   *
   * @return the gradients, row-major n × d
   */
  static double[] requireGradients(Network network, double[] theta, Batch batch) {
    int n = batch.size();
    int d = theta.length;
    double[] batched = new double[n * d];
    network.perExampleGradients(theta, batch, batched);
    RowwiseNetwork.Workspace workspace = network.rowByRow().pass(theta).workspace();
    double[] alone = new double[n * d];
    try (Network exact = network.inDoublePrecision()) {
      for (int i = 0; i < n; i++) {
        workspace.gradient(batch.features(), i * batch.width(), batch.labels()[i], alone, i * d);
        Batch one = batch.slice(i, i + 1);
        double[] single = exact.meanGradient(theta, one);
        assertArrayEquals(single, Arrays.copyOfRange(alone, i * d, (i + 1) * d), 1e-10);
        for (int j = 0; j < d; j += 1 + d / 40) {
          double slope = (moved(exact, theta, j, STEP, one) - moved(exact, theta, j, -STEP, one));
          assertEquals(slope / (2 * STEP), single[j], 1e-6);
        }
      }
    }
    assertArrayEquals(alone, batched, 1e-5);
    return alone;
  }

  private static double moved(Network exact, double[] theta, int index, double step, Batch one) {
    double[] moved = theta.clone();
    moved[index] += step;
    return exact.loss(moved, one);
  }

  /** What ONNX Runtime computes from the file. */
  static double[] scores(ModelFile model, Batch batch) {
    try (OnnxScorer scorer = OnnxScorer.of(model)) {
      float[] scores = scorer.probabilities(batch.features(), batch.size(), batch.width());
      double[] wide = new double[scores.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = scores[i];
      }
      return wide;
    }
  }
}
