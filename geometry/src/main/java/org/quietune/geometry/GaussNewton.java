package org.quietune.geometry;

import org.quietune.model.Batch;
import org.quietune.model.Network;

/**
 * The generalised Gauss–Newton matrix of the cross-entropy on public data, {@code H = (1/N) Σ_i
 * J_iᵀ Λ_i J_i}, J_i the Jacobian of record i's logits and Λ_i the Hessian of the loss in the
 * logits: {@code p(1−p)} for one logit, {@code diag(p) − ppᵀ} for several. Labels play no part. For
 * a model whose logits are linear in its parameters it is the exact Hessian. Source: Schraudolph
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
    double[] logits = network.logits(theta, data);
    double[] rows = new double[data.size() * outputs * d];
    network.perExampleJacobians(theta, data, rows);
    for (int i = 0; i < data.size(); i++) {
      if (outputs == 1) {
        double[] p = LogitHessian.probabilities(logits, i, 1);
        scale(rows, i * d, d, LogitHessian.rootRow(p, 0)[0]);
      } else {
        center(rows, i * outputs * d, d, LogitHessian.probabilities(logits, i * outputs, outputs));
      }
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
