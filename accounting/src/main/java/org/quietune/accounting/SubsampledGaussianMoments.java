package org.quietune.accounting;

/**
 * Rényi moments of the Gaussian mechanism on a Poisson sample: log A_α with A_α = E (1 − q + q
 * e^(μz − μ²/2))^α over standard normal z, so that the divergence of order α is log A_α / (α − 1).
 *
 * <p>Integer orders: A_α − 1 = Σ_{k ≥ 2} C(α, k) (1 − q)^(α − k) q^k (e^(k(k−1)μ²/2) − 1), positive
 * terms alone. Other orders: the line is cut where both parts of the mixture are equal, and the
 * binomial series is integrated on either side; from k = ⌈α⌉ on its terms alternate and are moments
 * of a positive measure on [0, 1], so that 24 of them, combined as by Cohen, Rodriguez Villegas and
 * Zagier, give the sum to 5.8^−24. Convexity of log A in α caps the rounding error of the result by
 * the chord between integer orders.
 *
 * <p>Source: I. Mironov, K. Talwar, L. Zhang, "Rényi differential privacy of the sampled Gaussian
 * mechanism", arXiv:1908.10530, Theorems 4 and 5, Section 3.3; H. Cohen, F. Rodriguez Villegas, D.
 * Zagier, "Convergence acceleration of alternating series", Experimental Mathematics 9, 2000.
 */
final class SubsampledGaussianMoments {

  /** Orders above this get the bound of the mechanism without sampling. */
  private static final double LARGEST_SERIES = 4096;

  private static final int ACCELERATED_TERMS = 24;
  private static final double ROUNDING = 0x1p-47;

  private final double mu;
  private final double logSampled;
  private final double logUnsampled;

  /** The log of the density of z where both parts of the mixture are equal, and that z. */
  private final double equalPoint;

  private SubsampledGaussianMoments(double samplingProbability, double mu) {
    this.mu = mu;
    this.logSampled = Math.log(samplingProbability);
    this.logUnsampled = Math.log1p(-samplingProbability);
    this.equalPoint = (logUnsampled - logSampled) / mu + mu / 2;
  }

  /**
   * The divergence of order α, rounded up.
   *
   * @param samplingProbability strictly between 0 and 1
   * @param order above 1, may be infinite
   */
  static double divergence(double samplingProbability, double mu, double order) {
    double unsampled = RenyiDivergence.gaussian(mu, order);
    if (order > LARGEST_SERIES) {
      return unsampled;
    }
    SubsampledGaussianMoments moments = new SubsampledGaussianMoments(samplingProbability, mu);
    double divergence = moments.logMoment(order) / (order - 1);
    return Double.isNaN(divergence) ? unsampled : Math.min(unsampled, divergence);
  }

  private double logMoment(double order) {
    double floor = Math.floor(order);
    double below = integer((int) floor);
    if (order == floor) {
      return below;
    }
    double above = integer((int) floor + 1);
    double chord = (below + (order - floor) * (above - below)) * (1 + 0x1p-50);
    double series = fractional(order);
    return Double.isNaN(series) ? chord : Math.min(series, chord);
  }

  private double integer(int order) {
    if (order == 1) {
      return 0;
    }
    double logBinomial = Math.log(order);
    double[] logTerms = new double[order - 1];
    for (int k = 2; k <= order; k++) {
      logBinomial += Math.log((order - k + 1.0) / k);
      double exponent = k * (k - 1.0) * mu * mu / 2;
      logTerms[k - 2] =
          logBinomial
              + (order - k) * logUnsampled
              + k * logSampled
              + LogSpace.expMinusOne(exponent);
    }
    double logExcess = logSum(logTerms);
    double rounding = ROUNDING * (64 + order + Math.abs(logExcess) - order * logSampled);
    return LogSpace.onePlusExp(logExcess + rounding) * (1 + 0x1p-50);
  }

  private static double logSum(double[] logTerms) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double term : logTerms) {
      largest = Math.max(largest, term);
    }
    if (Double.isInfinite(largest)) {
      return largest;
    }
    double sum = 0;
    for (double term : logTerms) {
      sum += Math.exp(term - largest);
    }
    return largest + Math.log(sum);
  }

  private double fractional(double order) {
    int positive = (int) Math.ceil(order);
    double[] logTerms = new double[2 * positive];
    double logBinomial = 0;
    for (int k = 0; k < positive; k++) {
      logTerms[2 * k] = logBinomial + logBelow(order, k);
      logTerms[2 * k + 1] = logBinomial + logAbove(order, k);
      logBinomial += Math.log((order - k) / (k + 1));
    }
    double logHead = logSum(logTerms);
    double[] tail = new double[ACCELERATED_TERMS];
    for (int i = 0; i < ACCELERATED_TERMS; i++) {
      int k = positive + i;
      double logTerm = logBinomial + LogSpace.sum(logBelow(order, k), logAbove(order, k));
      tail[i] = Math.exp(logTerm - logHead);
      logBinomial += Math.log(Math.abs(order - k) / (k + 1));
    }
    double logMoment = logHead + Math.log1p(alternatingSum(tail));
    return logMoment + ROUNDING * (64 + order + Math.abs(logHead) - order * logSampled);
  }

  /** log of E ((1 − q)^(α − k) (q e^(μz − μ²/2))^k) over z below the equal point. */
  private double logBelow(double order, int k) {
    double distance = k * mu - equalPoint;
    if (distance >= 0) {
      return atEqualPoint(order) + Math.log(NormalLaw.mills(distance));
    }
    return (order - k) * logUnsampled
        + k * logSampled
        + k * (k - 1.0) * mu * mu / 2
        + NormalLaw.logTail(distance);
  }

  /** log of E ((1 − q)^k (q e^(μz − μ²/2))^(α − k)) over z above the equal point. */
  private double logAbove(double order, int k) {
    double power = order - k;
    double distance = equalPoint - power * mu;
    if (distance >= 0) {
      return atEqualPoint(order) + Math.log(NormalLaw.mills(distance));
    }
    return k * logUnsampled
        + power * logSampled
        + power * (power - 1) * mu * mu / 2
        + NormalLaw.logTail(distance);
  }

  private double atEqualPoint(double order) {
    return order * logUnsampled + NormalLaw.logDensity(equalPoint);
  }

  /** Σ (−1)^i a_i for moments a_i of a measure on [0, 1]. */
  private static double alternatingSum(double[] terms) {
    int n = terms.length;
    double d = Math.pow(3 + Math.sqrt(8), n);
    d = (d + 1 / d) / 2;
    double b = -1;
    double c = -d;
    double sum = 0;
    for (int k = 0; k < n; k++) {
      c = b - c;
      sum += c * terms[k];
      b = (k + n) * (k - (double) n) * b / ((k + 0.5) * (k + 1));
    }
    return sum / d;
  }
}
