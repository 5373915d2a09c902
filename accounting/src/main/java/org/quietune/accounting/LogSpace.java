package org.quietune.accounting;

/** Sums and differences of numbers that are known by their logarithms. */
final class LogSpace {

  private LogSpace() {}

  /** log(e^a + e^b). */
  static double sum(double a, double b) {
    double high = Math.max(a, b);
    if (Double.isInfinite(high)) {
      return high;
    }
    return high + Math.log1p(Math.exp(Math.min(a, b) - high));
  }

  /** log(1 − e^−x) for x ≥ 0. */
  static double oneMinusExpOfMinus(double x) {
    return x < 0.693 ? Math.log(-Math.expm1(-x)) : Math.log1p(-Math.exp(-x));
  }

  /** log(e^x − 1) for x ≥ 0. */
  static double expMinusOne(double x) {
    return x + oneMinusExpOfMinus(x);
  }

  /** log(1 + e^x). */
  static double onePlusExp(double x) {
    return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
  }

  /** log cosh x − log cosh y for x ≥ y ≥ 0, without cancellation where both are small. */
  static double coshRatio(double x, double y) {
    if (x < 1) {
      // cosh x = cosh y + 2 sinh((x + y)/2) sinh((x − y)/2).
      return Math.log1p(2 * Math.sinh((x + y) / 2) * Math.sinh((x - y) / 2) / Math.cosh(y));
    }
    return x - y + Math.log1p(Math.exp(-2 * x)) - Math.log1p(Math.exp(-2 * y));
  }
}
