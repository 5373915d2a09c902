package org.quietune.accounting;

/**
 * What one Rényi divergence says about (ε, δ): δ = e^((α − 1)(ρ − ε)) (1 − 1/α)^α / (α − 1),
 * rounded up.
 *
 * <p>Source: C. Canonne, G. Kamath, T. Steinke, "The discrete Gaussian for differential privacy",
 * NeurIPS 2020, Proposition 12; the same ε is B. Balle, G. Barthe, M. Gaboardi, J. Hsu, T. Sato,
 * "Hypothesis testing interpretations and Rényi differential privacy", AISTATS 2020, Theorem 21.
 * For ε ≥ 0 also δ ≤ √(1 − e^−ρ): J. Bretagnolle, C. Huber, "Estimation des densités", 1979.
 */
final class RenyiConversion {

  private static final double ROUNDING = 0x1p-48;

  private RenyiConversion() {}

  /**
   * The log of a δ that goes with a nonnegative ε.
   *
   * @param order α, above 1, may be infinite
   * @param divergence ρ, nonnegative, may be infinite
   */
  static double logDelta(double order, double divergence, double epsilon) {
    if (divergence == Double.POSITIVE_INFINITY) {
      return 0;
    }
    if (order == Double.POSITIVE_INFINITY && epsilon >= divergence) {
      return Double.NEGATIVE_INFINITY;
    }
    double logVariation = logVariation(divergence);
    if (order == Double.POSITIVE_INFINITY) {
      return Math.min(0, logVariation);
    }
    return Math.min(0, Math.min(logVariation, unclampedLogDelta(order, divergence, epsilon)));
  }

  /** The log of the first formula alone, for a finite order. */
  static double unclampedLogDelta(double order, double divergence, double epsilon) {
    double exponent = (order - 1) * (divergence - epsilon);
    double logPower = order * Math.log1p(-1 / order);
    double logSlope = Math.log(order - 1);
    double terms = (order - 1) * (divergence + epsilon) + 2 - logPower + Math.abs(logSlope);
    return exponent + logPower - logSlope + ROUNDING * terms;
  }

  /** log of √(1 − e^−ρ). */
  private static double logVariation(double divergence) {
    return LogSpace.oneMinusExpOfMinus(divergence) / 2 + ROUNDING;
  }

  /** An ε ≥ 0 that goes with δ. */
  static double epsilon(double order, double divergence, double delta) {
    double logDelta = Math.log(delta);
    if (logVariation(divergence) < logDelta - ROUNDING) {
      return 0;
    }
    if (order == Double.POSITIVE_INFINITY || divergence == Double.POSITIVE_INFINITY) {
      return divergence;
    }
    return Math.max(0, unclampedEpsilon(order, divergence, delta));
  }

  /** The ε of the first formula, which may be negative, for a finite order. */
  static double unclampedEpsilon(double order, double divergence, double delta) {
    double logDelta = Math.log(delta);
    double shift = Math.log1p(-1 / order);
    double slope = (logDelta + Math.log(order)) / (order - 1);
    double terms = divergence - shift + (Math.abs(logDelta) + Math.log(order)) / (order - 1);
    return divergence + shift - slope + ROUNDING * terms;
  }
}
