package org.quietune.geometry;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The whitener of {@code H = I}: no curvature, only a scale. For the isotropic baseline. */
public final class IsotropicWhitener implements Whitener {
  static final String KIND = "isotropic";

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
  public GradientCoordinates whitening(Subspace subspace) {
    return new GradientCoordinates(subspace.reduction(), subspace.times(root()));
  }

  @Override
  public double[] whiten(double[] z) {
    return unwhiten(z);
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

  @Override
  public Description description() {
    return Description.of(
        KIND,
        Map.of("dimension", (long) dimension),
        Map.of("damping", new double[] {damping}),
        List.of());
  }
}
