package org.quietune.accounting;

/**
 * The discrete Gaussian mechanism with sensitivity 1, whose losses are atoms: an oracle that shares
 * no formula with the pairs of this package.
 */
final class DiscreteGaussianPair implements DominatingPair {

  private static final int REACH = 200;

  private final double variance;
  private final double logTotal;

  DiscreteGaussianPair(double sigma) {
    this.variance = sigma * sigma;
    double total = 0;
    for (int x = -REACH; x <= REACH; x++) {
      total += Math.exp(-x * x / (2 * variance));
    }
    this.logTotal = Math.log(total);
  }

  /** P is centered at 1 and Q at 0; at x the loss is (2x − 1)/(2σ²). */
  @Override
  public LogMasses between(double low, double high) {
    double p = Double.NEGATIVE_INFINITY;
    double q = Double.NEGATIVE_INFINITY;
    for (int x = -REACH; x <= REACH; x++) {
      double loss = (2 * x - 1) / (2 * variance);
      if (low < loss && loss <= high) {
        p = LogSpace.sum(p, -(x - 1.0) * (x - 1) / (2 * variance) - logTotal);
        q = LogSpace.sum(q, -(double) x * x / (2 * variance) - logTotal);
      }
    }
    return new LogMasses(p, q);
  }

  @Override
  public double placement() {
    return 1;
  }

  @Override
  public boolean isSymmetric() {
    return true;
  }

  /** δ(ε) as a sum over the integers. */
  double delta(double epsilon) {
    double sum = 0;
    for (int x = -REACH; x <= REACH; x++) {
      double loss = (2 * x - 1) / (2 * variance);
      if (loss > epsilon) {
        double p = Math.exp(-(x - 1.0) * (x - 1) / (2 * variance) - logTotal);
        sum += p * -Math.expm1(epsilon - loss);
      }
    }
    return sum;
  }
}
