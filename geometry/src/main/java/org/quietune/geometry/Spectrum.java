package org.quietune.geometry;

import java.util.Arrays;

/**
 * The spectral decomposition {@code H = Σ_j h_j u_j u_jᵀ} of a symmetric positive semidefinite
 * matrix, largest eigenvalue first. Eigenvalues that rounding left below zero are set to zero.
 */
public final class Spectrum {
  private final int dimension;
  private final double[] values;
  private final double[] vectors;

  private Spectrum(int dimension, double[] values, double[] vectors) {
    this.dimension = dimension;
    this.values = values;
    this.vectors = vectors;
  }

  /**
   * Decomposes a matrix.
   *
   * @param matrix row-major, {@code dimension × dimension}; its upper triangle is read
   * @throws ArithmeticException when the matrix is not finite
   */
  public static Spectrum of(int dimension, double[] matrix) {
    if (matrix.length != dimension * dimension) {
      throw new IllegalArgumentException("matrix must be square of " + dimension);
    }
    for (double v : matrix) {
      if (!Double.isFinite(v)) {
        throw new ArithmeticException("the curvature on public data is not finite");
      }
    }
    double[] ascendingVectors = matrix.clone();
    double[] ascending = new double[dimension];
    Blas.symmetricEigen(dimension, ascendingVectors, ascending);
    double[] values = new double[dimension];
    double[] vectors = new double[dimension * dimension];
    for (int j = 0; j < dimension; j++) {
      int from = dimension - 1 - j;
      values[j] = Math.max(0, ascending[from]);
      System.arraycopy(ascendingVectors, from * dimension, vectors, j * dimension, dimension);
    }
    return new Spectrum(dimension, values, vectors);
  }

  public int dimension() {
    return dimension;
  }

  /** Eigenvalues, largest first. */
  public double[] values() {
    return values.clone();
  }

  /** The mean eigenvalue: trace over dimension. */
  public double mean() {
    return Arrays.stream(values).sum() / dimension;
  }

  /** Effective dimension {@code tr(H(H+λI)⁻¹)} at damping {@code lambda}. */
  public double effectiveDimension(double lambda) {
    double sum = 0;
    for (double h : values) {
      sum += h / (h + lambda);
    }
    return sum;
  }

  /**
   * The damped inverse {@code (H+λI)⁻¹}, row-major and symmetric.
   *
   * @param lambda positive
   */
  public double[] inverse(double lambda) {
    if (!(lambda > 0) || !(lambda < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("lambda must be positive and finite: " + lambda);
    }
    double[] scaled = vectors.clone();
    for (int j = 0; j < dimension; j++) {
      double factor = 1 / (values[j] + lambda);
      for (int i = 0; i < dimension; i++) {
        scaled[j * dimension + i] *= factor;
      }
    }
    double[] inverse = new double[dimension * dimension];
    Blas.multiply(
        dimension,
        dimension,
        dimension,
        Blas.transposed(dimension, dimension, vectors),
        scaled,
        inverse);
    return inverse;
  }

  /** Row-major matrix whose row j is the unit eigenvector of the j-th largest eigenvalue. */
  double[] vectors() {
    return vectors;
  }
}
