package org.quietune.geometry;

/** The cross-entropy's Hessian in the logits, {@code Λ = diag(p) − ppᵀ}, or {@code p(1−p)}. */
final class LogitHessian {
  private LogitHessian() {}

  /** Probabilities of the classes; of class 1 alone for one logit. */
  static double[] probabilities(double[] logits, int offset, int count) {
    if (count == 1) {
      return new double[] {1 / (1 + StrictMath.exp(-logits[offset]))};
    }
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < count; c++) {
      largest = Math.max(largest, logits[offset + c]);
    }
    double[] p = new double[count];
    double sum = 0;
    for (int c = 0; c < count; c++) {
      p[c] = StrictMath.exp(logits[offset + c] - largest);
      sum += p[c];
    }
    for (int c = 0; c < count; c++) {
      p[c] /= sum;
    }
    return p;
  }

  /** Row c of a root R of Λ with {@code RᵀR = Λ}: {@code √p_c (e_c − p)}, or {@code √(p(1−p))}. */
  static double[] rootRow(double[] p, int c) {
    if (p.length == 1) {
      return new double[] {Math.sqrt(p[0] * (1 - p[0]))};
    }
    double root = Math.sqrt(p[c]);
    double[] row = new double[p.length];
    for (int e = 0; e < p.length; e++) {
      row[e] = root * ((e == c ? 1 : 0) - p[e]);
    }
    return row;
  }

  /** The loss's gradient in the logits at a label. */
  static double[] residual(double[] p, int label) {
    double[] residual = p.clone();
    residual[p.length == 1 ? 0 : label] -= p.length == 1 ? label : 1;
    return residual;
  }

  /** The label at which a uniform number falls, by the probabilities. */
  static int label(double[] p, double u) {
    if (p.length == 1) {
      return u < p[0] ? 1 : 0;
    }
    int label = 0;
    double sum = p[0];
    while (u >= sum && label < p.length - 1) {
      label++;
      sum += p[label];
    }
    return label;
  }
}
