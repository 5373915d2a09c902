package org.quietune.random;

/** Tail probabilities of the binomial law, summed term by term from the observed count outward. */
final class BinomialTail {

  private BinomialTail() {}

  /** Twice the smaller tail at {@code count}, at most 1. */
  static double twoSided(long count, long trials, double p) {
    return Math.min(1, 2 * Math.min(tail(count, trials, p, 1), tail(count, trials, p, -1)));
  }

  private static double tail(long count, long trials, double p, int direction) {
    double mode = (trials + 1) * p;
    if (direction > 0 ? count < mode - 1 : count > mode + 1) {
      return 1; // This side holds the bulk; the other tail decides.
    }
    double term = mass(count, trials, p);
    double sum = 0;
    for (long k = count; k >= 0 && k <= trials && term > sum * 1e-12; k += direction) {
      sum += term;
      term *=
          direction > 0
              ? (trials - k) / (k + 1.0) * (p / (1 - p))
              : k / (trials - k + 1.0) * ((1 - p) / p);
    }
    return sum;
  }

  private static double mass(long k, long n, double p) {
    return Math.exp(
        logFactorial(n)
            - logFactorial(k)
            - logFactorial(n - k)
            + k * Math.log(p)
            + (n - k) * Math.log1p(-p));
  }

  /** Stirling's series, after the recurrence has lifted the argument to 20 or more. */
  private static double logFactorial(long n) {
    double x = n + 1;
    double product = 1;
    while (x < 20) {
      product *= x++;
    }
    double series = (1 / 12.0 - (1 / 360.0 - 1 / (1260.0 * x * x)) / (x * x)) / x;
    return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
  }
}
