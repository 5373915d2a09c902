package org.quietune.accounting;

/**
 * Rényi divergences of orders from 1 (Kullback and Leibler's) to ∞ (the largest loss) of the pairs
 * that dominate basic releases, rounded up.
 *
 * <p>Numerics: each formula is arranged so that what cancels is far below the result, and 2^−47 of
 * the terms in it is added.
 */
final class RenyiDivergence {

  private static final double ROUNDING = 0x1p-47;

  private RenyiDivergence() {}

  /** α μ²/2: I. Mironov, "Rényi differential privacy", CSF 2017, Corollary 3. */
  static double gaussian(double mu, double order) {
    return order * mu * mu / 2 * (1 + ROUNDING) + Double.MIN_VALUE;
  }

  /**
   * Randomized response with ratio e^ε: log(cosh((α − ½)ε) / cosh(ε/2)) / (α − 1). No (ε, 0)-DP
   * release has more (Kairouz, Oh, Viswanath, ICML 2015).
   */
  static double pureDp(double epsilon, double order) {
    double divergence;
    if (order == Double.POSITIVE_INFINITY) {
      divergence = epsilon;
    } else if (order == 1) {
      divergence = epsilon * Math.tanh(epsilon / 2);
    } else {
      divergence = LogSpace.coshRatio((order - 0.5) * epsilon, epsilon / 2) / (order - 1);
    }
    return Math.min(epsilon, divergence * (1 + 64 * ROUNDING) + Double.MIN_VALUE);
  }

  /**
   * The Laplace mechanism with t = sensitivity / scale: log(α/(2α − 1) e^((α − 1)t) + (α − 1)/(2α −
   * 1) e^(−αt)) / (α − 1). Mironov 2017, Proposition 6 and Table II.
   */
  static double laplace(double inverseScale, double order) {
    double t = inverseScale;
    if (order == Double.POSITIVE_INFINITY) {
      return t;
    }
    if (order == 1) {
      return Math.min(t, t + Math.expm1(-t) + ROUNDING * t);
    }
    double up = order / (2 * order - 1);
    double down = (order - 1) / (2 * order - 1);
    double x = (order - 1) * t;
    double divergence;
    if (x < 1) {
      double above = up * Math.expm1(x);
      double below = down * Math.expm1(-order * t);
      divergence = (Math.log1p(above + below) + ROUNDING * (above - below)) / (order - 1);
    } else {
      double logUp = Math.log(up);
      double logSum = LogSpace.sum(logUp + x, Math.log(down) - order * t);
      divergence = (logSum + ROUNDING * (x - logUp)) / (order - 1);
    }
    return Math.min(t, divergence);
  }

  /**
   * The largest divergence of any two laws whose log ratio lies in [t − ε, t] for some t: that of
   * generalized randomized response, at the worst t. With s = e^−ε and c = (1 − s^α)/(1 − s), it is
   * t + log(c/α)/(α − 1) at e^t = (α − 1)(1 − s^α)/(α(s − s^α)).
   *
   * <p>It is at most αε²/8 (M. Cesar, R. Rogers, "Bounding, concentrating, and truncating", ALT
   * 2021, Lemma 3.4), which is used where the closed form loses digits. Source of the laws: J.
   * Dong, D. Durfee, R. Rogers, ICML 2020, Lemma 3.2; the maximum is worked out in docs/theory.md
   * §5.4.
   */
  static double boundedRange(double epsilon, double order) {
    if (order == Double.POSITIVE_INFINITY) {
      return epsilon;
    }
    if (epsilon == 0) {
      return 0;
    }
    double logOneMinusS = LogSpace.oneMinusExpOfMinus(epsilon);
    double divergence;
    double terms;
    if (order == 1) {
      double t = epsilon + logOneMinusS - Math.log(epsilon);
      double share = epsilon / -Math.expm1(-epsilon);
      divergence = t - epsilon + share - 1;
      terms = 2 * epsilon + share + 2 + Math.abs(logOneMinusS);
    } else {
      double logOneMinusPower = LogSpace.oneMinusExpOfMinus(order * epsilon);
      double logShift = Math.log1p(-1 / order);
      double t =
          logShift
              + logOneMinusPower
              + epsilon
              - LogSpace.oneMinusExpOfMinus((order - 1) * epsilon);
      double logC = logOneMinusPower - logOneMinusS;
      divergence = t + (logC - Math.log(order)) / (order - 1);
      terms = 2 * epsilon + 8 + (Math.abs(logOneMinusS) + Math.log(order) + 2) / (order - 1);
    }
    double quadratic = order * epsilon * epsilon / 8 * (1 + ROUNDING);
    return Math.min(Math.min(epsilon, quadratic), divergence + ROUNDING * terms);
  }

  /**
   * The best of a Poisson number of runs with mean m: {@code log(e^−m + m e^((α−1)(ρ + mδ)))/(α −
   * 1)}, ρ a run's divergence of the same order and δ such that a run is (log(1 + 1/(α−1)), δ)-DP.
   * N. Papernot, T. Steinke, ICLR 2022, Theorem 6, with the case of no run counted in
   * (docs/theory.md §5.10).
   */
  static double poissonSelection(double mean, double divergence, double delta, double order) {
    double exponent = (order - 1) * (divergence + mean * delta);
    double log = LogSpace.sum(-mean, Math.log(mean) + exponent);
    return Math.max(0, log) / (order - 1) * (1 + 64 * ROUNDING) + Double.MIN_VALUE;
  }

  /**
   * The Gaussian mechanism on a Poisson sample, removing or adding a unit: {@link
   * SubsampledGaussianMoments}. Order 1 is bounded by the next order above.
   */
  static double subsampledGaussian(double samplingProbability, double mu, double order) {
    if (samplingProbability == 0) {
      return 0;
    }
    if (samplingProbability == 1) {
      return gaussian(mu, order);
    }
    return SubsampledGaussianMoments.divergence(
        samplingProbability, mu, Math.max(order, 1 + 0x1p-10));
  }
}
