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
   * The same curvature, of which damping λ adds {@code λ u} to a block, {@code u = 1 − share +
   * share · m_b/m}, m the mean eigenvalue and m_b the block's own: a tensor of small curvature is
   * damped less than one of large. {@link #values} are those of H in multiples of u. This one where
   * its form has no blocks.
   *
   * @param share at least 0 (the same damping for all), below 1
   */
  default Curvature leveled(double share) {
    return this;
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
