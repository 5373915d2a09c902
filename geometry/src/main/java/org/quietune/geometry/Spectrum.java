package org.quietune.geometry;

/**
 * The spectral decomposition {@code H = Σ_j h_j u_j u_jᵀ} of a symmetric positive semidefinite
 * matrix, largest eigenvalue first. Eigenvalues that rounding left below zero are set to zero.
 */
public final class Spectrum implements Curvature {
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
    Damping.requireFinite(matrix);
    if (matrix.length != dimension * dimension) {
      throw new IllegalArgumentException("matrix must be square of " + dimension);
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

  @Override
  public int dimension() {
    return dimension;
  }

  /** Eigenvalues, largest first. */
  @Override
  public double[] values() {
    return values.clone();
  }

  @Override
  public Whitener whitener(double damping) {
    return new SpectralWhitener(this, damping);
  }

  @Override
  public String summary() {
    return "dense Gauss-Newton, " + dimension + " x " + dimension;
  }

  /** From the values and vectors that {@link #vectors} gives. */
  static Spectrum ofParts(double[] values, double[] vectors) {
    return new Spectrum(values.length, values, vectors);
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
