package org.quietune.geometry;

import java.util.Arrays;

/** The whitener of {@code H = I}: no curvature, only a scale. For the isotropic baseline. */
public final class IsotropicWhitener implements Whitener {
  private final int dimension;
  private final double damping;

  /**
   * Whitens with {@code (1 + λ) I}.
   *
   * @param damping λ, not negative
   */
  public IsotropicWhitener(int dimension, double damping) {
    if (!(damping >= 0) || !(damping < Double.MAX_VALUE)) {
      throw new IllegalArgumentException("damping must not be negative: " + damping);
    }
    this.dimension = dimension;
    this.damping = damping;
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public double damping() {
    return damping;
  }

  @Override
  public RowMap whitening(Subspace subspace) {
    return subspace.times(root());
  }

  @Override
  public double[] unwhiten(double[] w) {
    double root = root();
    return Arrays.stream(w).map(v -> v * root).toArray();
  }

  private double root() {
    return 1 / Math.sqrt(1 + damping);
  }

  @Override
  public double[] spectrum() {
    double[] ones = new double[dimension];
    Arrays.fill(ones, 1);
    return ones;
  }
}
