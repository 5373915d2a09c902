package org.quietune.geometry;

import org.quietune.model.Loss;

/**
 * A loss's Hessian in a record's outputs: a factor {@code s} times {@code Λ = diag(p) − ppᵀ} (or
 * {@code p(1−p)}) for cross-entropy, times 1 for a number.
 *
 * <p>The factor is 1 for plain cross-entropy and squared error. With class weights it is the weight
 * of the record's class; for Huber it is 1 up to the threshold and 0 beyond. Those two depend on
 * the label; of a record without one (NaN) they are the mean under the model: {@code Σ p_c w_c},
 * and the share of the density {@code ∝ exp(−ℓ)} within the threshold. That density is also the one
 * that labels are drawn from, of which the score's mean square is the mean Hessian.
 */
final class OutputHessian {
  /** Steps of Simpson's rule on a smooth integrand: far below double's rounding of the rest. */
  private static final int STEPS = 2000;

  /** Beyond this, a standard normal has no mass that a double could show. */
  private static final double TAIL = 40;

  private final Loss loss;
  private final double shareWithin;

  OutputHessian(Loss loss) {
    this.loss = loss;
    this.shareWithin = loss.kind() == Loss.Kind.HUBER ? shareWithin(loss.threshold()) : 1;
  }

  /** The factor of one record. */
  double factor(double[] outputs, int offset, double[] p, double label) {
    return switch (loss.kind()) {
      case SQUARED_ERROR -> 1;
      case HUBER -> {
        if (Double.isNaN(label)) {
          yield shareWithin;
        }
        yield Math.abs(outputs[offset] - label) <= loss.threshold() ? 1 : 0;
      }
      case CROSS_ENTROPY -> loss.classWeights().isEmpty() ? 1 : classWeight(p, label);
    };
  }

  /** What the factor multiplies: class probabilities, or nothing for a number. */
  double[] probabilities(double[] outputs, int offset, int count) {
    return loss.isRegression() ? new double[0] : LogitHessian.probabilities(outputs, offset, count);
  }

  /** Row c of a root R of the Hessian, {@code RᵀR}. */
  double[] rootRow(double[] p, int c, double factor) {
    double[] row = loss.isRegression() ? new double[] {1} : LogitHessian.rootRow(p, c);
    return scaled(row, Math.sqrt(factor));
  }

  /** A score at a label drawn from the model, whose mean square is the mean Hessian. */
  double[] sampledRow(double[] p, double factor, SeededStream stream, int record) {
    return switch (loss.kind()) {
      case CROSS_ENTROPY ->
          scaled(
              LogitHessian.residual(p, LogitHessian.label(p, stream.uniform(record))),
              Math.sqrt(factor));
      case SQUARED_ERROR -> new double[] {normal(stream, record, 0)};
      case HUBER -> new double[] {huberScore(stream, record)};
    };
  }

  /** The weight of a class. */
  double weight(int label) {
    return loss.classWeights().isEmpty() ? 1 : loss.classWeights().get(label);
  }

  private double huberScore(SeededStream stream, int record) {
    double t = loss.threshold();
    if (stream.uniform(record) >= shareWithin) {
      return stream.uniform(record + (1L << Integer.SIZE)) < 0.5 ? -t : t;
    }
    int draw = 0;
    double score = normal(stream, record, draw);
    while (Math.abs(score) > t) {
      draw++;
      score = normal(stream, record, draw);
    }
    return score;
  }

  /** Each record has places of its own in the stream, and none that a uniform number is at. */
  private static double normal(SeededStream stream, int record, int draw) {
    double[] one = new double[1];
    stream.normals(record + ((draw + 1L) << Integer.SIZE), one, 0, 1);
    return one[0];
  }

  private double classWeight(double[] p, double label) {
    if (!Double.isNaN(label)) {
      return loss.classWeights().get((int) label);
    }
    if (p.length == 1) {
      return (1 - p[0]) * loss.classWeights().get(0) + p[0] * loss.classWeights().get(1);
    }
    double mean = 0;
    for (int c = 0; c < p.length; c++) {
      mean += p[c] * loss.classWeights().get(c);
    }
    return mean;
  }

  /** Of the density {@code ∝ exp(−ℓ)}: a normal's middle with exponential tails. */
  private static double shareWithin(double threshold) {
    double reach = Math.min(threshold, TAIL);
    double step = reach / STEPS;
    double sum = 1 + StrictMath.exp(-0.5 * reach * reach);
    for (int i = 1; i < STEPS; i++) {
      double r = i * step;
      sum += (i % 2 == 0 ? 2 : 4) * StrictMath.exp(-0.5 * r * r);
    }
    double half = sum * step / 3;
    double tail = StrictMath.exp(-0.5 * threshold * threshold) / threshold;
    return half / (half + tail);
  }

  private static double[] scaled(double[] row, double factor) {
    for (int i = 0; i < row.length; i++) {
      row[i] *= factor;
    }
    return row;
  }
}
