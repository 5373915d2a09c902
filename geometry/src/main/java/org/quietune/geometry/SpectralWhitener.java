package org.quietune.geometry;

/** {@code B = diag((h+λ)^{-1/2}) Uᵀ} from a spectral decomposition; coordinate j is u_j's. */
public final class SpectralWhitener implements Whitener {
  private final double[] values;
  private final double damping;
  private final double[] root;
  private final RowMap unwhitening;

  private SpectralWhitener(double[] values, double damping, double[] root) {
    if (!(damping > 0) || !(damping < Double.MAX_VALUE)) {
      throw new IllegalArgumentException("damping must be positive and finite: " + damping);
    }
    this.values = values;
    this.damping = damping;
    this.root = root;
    this.unwhitening = RowMap.matrix(values.length, values.length, root);
  }

  /**
   * Whitens with {@code H + λI}.
   *
   * @param damping λ, positive
   */
  public SpectralWhitener(Spectrum spectrum, double damping) {
    this(spectrum.values(), damping, root(spectrum, damping));
  }

  /**
   * The whitener that {@code root} is the root of.
   *
   * @param spectrum the k eigenvalues of H
   * @param damping λ, positive
   * @param root B, row-major k × k
   */
  public static SpectralWhitener ofRoot(double[] spectrum, double damping, double[] root) {
    return new SpectralWhitener(spectrum.clone(), damping, root.clone());
  }

  private static double[] root(Spectrum spectrum, double damping) {
    int k = spectrum.dimension();
    double[] values = spectrum.values();
    double[] root = spectrum.vectors().clone();
    for (int j = 0; j < k; j++) {
      double scale = 1 / Math.sqrt(values[j] + damping);
      for (int i = 0; i < k; i++) {
        root[j * k + i] *= scale;
      }
    }
    return root;
  }

  /** B, row-major. */
  public double[] root() {
    return root.clone();
  }

  @Override
  public int dimension() {
    return values.length;
  }

  @Override
  public double damping() {
    return damping;
  }

  @Override
  public RowMap whitening(Subspace subspace) {
    return subspace.times(root);
  }

  @Override
  public double[] unwhiten(double[] w) {
    double[] displacement = new double[dimension()];
    unwhitening.apply(w, 1, displacement, 0);
    return displacement;
  }

  @Override
  public double[] spectrum() {
    return values.clone();
  }
}
