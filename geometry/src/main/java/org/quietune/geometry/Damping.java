package org.quietune.geometry;

/** What whiteners ask of λ and of spectra. */
final class Damping {
  private Damping() {}

  static double requirePositive(double damping) {
    if (!(damping > 0) || !(damping < Double.MAX_VALUE)) {
      throw new IllegalArgumentException("damping must be positive and finite: " + damping);
    }
    return damping;
  }

  /** {@code (h+λ)^{-1/2}}. */
  static double[] roots(double[] values, double damping) {
    double[] roots = new double[values.length];
    for (int j = 0; j < roots.length; j++) {
      roots[j] = 1 / Math.sqrt(values[j] + damping);
    }
    return roots;
  }

  /** Refuses curvature that overflowed. */
  static double[] requireFinite(double[] values) {
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new ArithmeticException("the curvature on public data is not finite");
      }
    }
    return values;
  }

  static double[] product(double[] a, double[] b) {
    double[] product = new double[a.length];
    for (int j = 0; j < product.length; j++) {
      product[j] = a[j] * b[j];
    }
    return product;
  }
}
