package org.quietune.geometry;

/** {@code B = diag((h+λ)^{-1/2}) Uᵀ} from a spectral decomposition; coordinate j is u_j's. */
public final class SpectralWhitener implements Whitener {
  private final Spectrum spectrum;
  private final double damping;
  private final double[] matrix;

  /**
   * Whitens with {@code H + λI}.
   *
   * @param damping λ, positive
   */
  public SpectralWhitener(Spectrum spectrum, double damping) {
    if (!(damping > 0) || !(damping < Double.MAX_VALUE)) {
      throw new IllegalArgumentException("damping must be positive and finite: " + damping);
    }
    this.spectrum = spectrum;
    this.damping = damping;
    int k = spectrum.dimension();
    double[] values = spectrum.values();
    this.matrix = spectrum.vectors().clone();
    for (int j = 0; j < k; j++) {
      double root = 1 / Math.sqrt(values[j] + damping);
      for (int i = 0; i < k; i++) {
        matrix[j * k + i] *= root;
      }
    }
  }

  @Override
  public int dimension() {
    return spectrum.dimension();
  }

  @Override
  public double damping() {
    return damping;
  }

  @Override
  public RowMap whitening(Subspace subspace) {
    return subspace.times(matrix);
  }

  @Override
  public double[] unwhiten(double[] w) {
    int k = dimension();
    double[] displacement = new double[k];
    Blas.multiply(1, k, k, w, matrix, displacement);
    return displacement;
  }

  @Override
  public double[] spectrum() {
    return spectrum.values();
  }
}
