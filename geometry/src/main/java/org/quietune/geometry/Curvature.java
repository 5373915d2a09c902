package org.quietune.geometry;

import java.util.Arrays;

/**
 * A positive semidefinite curvature H on the coordinates of a subspace, from public data alone, in
 * a form that can be whitened. Immutable and thread-safe.
 */
public interface Curvature {

  /** k. */
  int dimension();

  /** Eigenvalues of H, in the order of the whitened coordinates. */
  double[] values();

  /** The mean eigenvalue: trace over dimension. */
  default double mean() {
    return Arrays.stream(values()).sum() / dimension();
  }

  /** Effective dimension {@code tr(H(H+λI)⁻¹)} at damping {@code lambda}. */
  default double effectiveDimension(double lambda) {
    double sum = 0;
    for (double h : values()) {
      sum += h / (h + lambda);
    }
    return sum;
  }

  /**
   * A root of {@code (H+λI)⁻¹}.
   *
   * @param damping λ, positive
   */
  Whitener whitener(double damping);

  /** One line for people. */
  String summary();
}
