package org.quietune.geometry;

import org.quietune.model.Batch;
import org.quietune.model.Network;

/**
 * The generalised Gauss–Newton matrix of the loss on public data, {@code H = (1/N) Σ_i J_iᵀ Λ_i
 * J_i}, J_i the Jacobian of record i's outputs and Λ_i the Hessian of the loss in the outputs: for
 * cross-entropy {@code p(1−p)} for one logit, {@code diag(p) − ppᵀ} for several, times the class's
 * weight; for a number 1, or for Huber's loss 0 beyond the threshold ({@link OutputHessian}). For a
 * model whose logits are linear in its parameters it is the exact Hessian. Source: Schraudolph
 * (2002), Martens (2020) §8.
 */
public final class GaussNewton {
  private GaussNewton() {}

  /**
   * The dense matrix in subspace coordinates, {@code PᵀHP}.
   *
   * @return row-major k×k; the upper triangle holds the matrix
   */
  public static double[] dense(
      Network network, double[] theta, Batch publicData, Subspace subspace) {
    return dense(CurvatureRows.exact(network, theta, publicData, subspace));
  }

  /** The dense matrix of public rows, {@code (1/N) Σ r rᵀ}; the upper triangle holds it. */
  static double[] dense(CurvatureRows rows) {
    int k = rows.subspace().dimension();
    double[] matrix = new double[Math.multiplyExact(k, k)];
    rows.forEach((chunk, count) -> Blas.addGram(count, k, chunk, matrix));
    for (int i = 0; i < matrix.length; i++) {
      matrix[i] /= rows.records();
    }
    return matrix;
  }

  /**
   * Rows {@code r} with {@code Σ r rᵀ = Σ_i J_iᵀ Λ_i J_i}: for each record and each of its logits
   * c, {@code √p_c (J_c − Σ_e p_e J_e)}, or {@code √(p(1−p)) J} for a single logit.
   *
   * @return row-major, records·logits × d
   */
  static double[] weightedJacobian(Network network, double[] theta, Batch data) {
    int d = network.parameterCount();
    int outputs = network.outputs();
    OutputHessian hessian = new OutputHessian(network.objective());
    double[] logits = network.logits(theta, data);
    double[] rows = new double[data.size() * outputs * d];
    network.perExampleJacobians(theta, data, rows);
    for (int i = 0; i < data.size(); i++) {
      double[] p = hessian.probabilities(logits, i * outputs, outputs);
      double factor = hessian.factor(logits, i * outputs, p, data.labels()[i]);
      if (outputs == 1) {
        scale(rows, i * d, d, hessian.rootRow(p, 0, factor)[0]);
      } else {
        center(rows, i * outputs * d, d, p);
        scale(rows, i * outputs * d, outputs * d, Math.sqrt(factor));
      }
    }
    return rows;
  }

  /**
   * One row for each record, its score at a label drawn from the model.
   *
   * @param first number of the first record in the stream
   * @return row-major, records × d
   */
  static double[] sampledRows(
      Network network,
      double[] theta,
      Batch data,
      OutputHessian hessian,
      SeededStream stream,
      int first) {
    int d = network.parameterCount();
    int outputs = network.outputs();
    int n = data.size();
    double[] logits = network.logits(theta, data);
    double[] rows = new double[n * d];
    double[] scores = new double[n];
    if (outputs == 1) {
      network.perExampleJacobians(theta, data, rows);
      for (int i = 0; i < n; i++) {
        double[] p = hessian.probabilities(logits, i, 1);
        double factor = hessian.factor(logits, i, p, data.labels()[i]);
        scores[i] = hessian.sampledRow(p, factor, stream, first + i)[0];
      }
    } else {
      // One gradient at the drawn label, not a Jacobian of all outputs.
      double[] drawn = new double[n];
      for (int i = 0; i < n; i++) {
        double[] p = hessian.probabilities(logits, i * outputs, outputs);
        int label = LogitHessian.label(p, stream.uniform(first + i));
        double factor = hessian.factor(logits, i * outputs, p, data.labels()[i]);
        drawn[i] = label;
        scores[i] = Math.sqrt(factor) / hessian.weight(label);
      }
      network.perExampleGradients(theta, new Batch(n, data.width(), data.features(), drawn), rows);
    }
    for (int i = 0; i < n; i++) {
      scale(rows, i * d, d, scores[i]);
    }
    return rows;
  }

  private static void scale(double[] rows, int offset, int d, double factor) {
    for (int j = offset; j < offset + d; j++) {
      rows[j] *= factor;
    }
  }

  private static void center(double[] rows, int offset, int d, double[] p) {
    for (int j = 0; j < d; j++) {
      double mean = 0;
      for (int c = 0; c < p.length; c++) {
        mean += p[c] * rows[offset + c * d + j];
      }
      for (int c = 0; c < p.length; c++) {
        int at = offset + c * d + j;
        rows[at] = Math.sqrt(p[c]) * (rows[at] - mean);
      }
    }
  }
}
