package org.quietune.geometry;

import java.util.List;
import java.util.Map;

/** {@code B = diag((h+λ)^{-1/2}) Uᵀ} from a spectral decomposition; coordinate j is u_j's. */
public final class SpectralWhitener implements Whitener {
  static final String KIND = "spectral";

  private final Spectrum spectrum;
  private final double damping;
  private final double[] matrix;

  /**
   * Whitens with {@code H + λI}.
   *
   * @param damping λ, positive
   */
  public SpectralWhitener(Spectrum spectrum, double damping) {
    this.spectrum = spectrum;
    this.damping = Damping.requirePositive(damping);
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
  public GradientCoordinates whitening(Subspace subspace) {
    return new GradientCoordinates(subspace.reduction(), subspace.times(matrix));
  }

  @Override
  public double[] whiten(double[] z) {
    int k = dimension();
    double[] whitened = new double[k];
    Blas.multiply(k, 1, k, matrix, z, whitened);
    return whitened;
  }

  @Override
  public double[] unwhiten(double[] w) {
    double[] displacement = new double[dimension()];
    RowMap.matrix(w.length, w.length, matrix).apply(w, 1, displacement, 0);
    return displacement;
  }

  @Override
  public double[] spectrum() {
    return spectrum.values();
  }

  @Override
  public Description description() {
    return Description.of(
        KIND,
        Map.of(),
        Map.of(
            "values",
            spectrum.values(),
            "vectors",
            spectrum.vectors(),
            "damping",
            new double[] {damping}),
        List.of());
  }
}
