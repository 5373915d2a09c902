package org.quietune.accounting;

/**
 * Removing a unit from the Gaussian mechanism on a Poisson sample: P = (1 − q) N(0, 1) + q N(μ, 1)
 * against Q = N(0, 1). With q = 1 it is the Gaussian mechanism itself.
 *
 * <p>The loss log(1 − q + q e^(μz − μ²/2)) grows with the sample z, so a set of losses between two
 * bounds is an interval of samples. Adding a unit is the reversed pair.
 *
 * <p>Source: Y. Zhu, J. Dong, Y.-X. Wang, AISTATS 2022, Theorem 11 (this pair dominates removal,
 * the reversed one addition).
 */
final class SubsampledGaussianPair implements DominatingPair {

  private final double samplingProbability;
  private final double mu;
  private final double logSampled;
  private final double logUnsampled;

  SubsampledGaussianPair(double samplingProbability, double mu) {
    this.samplingProbability = samplingProbability;
    this.mu = mu;
    this.logSampled = Math.log(samplingProbability);
    this.logUnsampled = Math.log1p(-samplingProbability);
  }

  /** The pair of a μ-GDP mechanism. */
  static DominatingPair gaussian(double mu) {
    return new SubsampledGaussianPair(1, mu);
  }

  @Override
  public LogMasses between(double low, double high) {
    double from = sampleAt(low);
    double to = sampleAt(high);
    double unsampled = NormalLaw.logMass(from, to, 0);
    double sampled = NormalLaw.logMass(from, to, mu);
    return new LogMasses(LogSpace.sum(logUnsampled + unsampled, logSampled + sampled), unsampled);
  }

  /** The z whose loss is given; −∞ at and below the least loss. */
  private double sampleAt(double loss) {
    if (loss <= logUnsampled) {
      return Double.NEGATIVE_INFINITY;
    }
    double logRatio = logRatio(loss);
    return Double.isNaN(logRatio) ? Double.NEGATIVE_INFINITY : logRatio / mu + mu / 2;
  }

  /** log((e^loss − 1 + q) / q), which is μz − μ²/2. */
  private double logRatio(double loss) {
    if (samplingProbability == 1) {
      return loss;
    }
    if (loss < 1) {
      return Math.log1p(Math.expm1(loss) / samplingProbability);
    }
    return loss + Math.log1p(-(1 - samplingProbability) * Math.exp(-loss)) - logSampled;
  }

  @Override
  public double placement() {
    return mu * mu - logSampled + 1;
  }

  @Override
  public boolean isSymmetric() {
    return samplingProbability == 1;
  }
}
