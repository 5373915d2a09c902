package org.quietune.geometry;

/**
 * A root {@code B} with {@code BᵀB = (H+λI)⁻¹}, or {@code (H+λD)⁻¹} where the curvature is {@link
 * Curvature#leveled leveled}, D its units: the coordinates in which the exponential mechanism's
 * normal law is isotropic (docs/theory.md §2, §4.6). Immutable and thread-safe; depends on public
 * data only.
 */
public interface Whitener {

  int dimension();

  /** The damping λ. */
  double damping();

  /** {@code g ↦ B Pᵀ g}: from a record's gradient to whitened coordinates, for private rows too. */
  GradientCoordinates whitening(Subspace subspace);

  /** {@code B z}, for public vectors. */
  double[] whiten(double[] z);

  /**
   * {@code Bᵀ w}: from whitened coordinates to a displacement. In plain Java and a fixed order, so
   * that whoever checks a step gets its bits.
   */
  double[] unwhiten(double[] w);

  /** Eigenvalues of H in the order of the whitened coordinates, in multiples of the units. */
  double[] spectrum();

  /** {@code tr(H(H+λI)⁻¹)}, or {@code tr(H(H+λD)⁻¹)}. */
  default double effectiveDimension() {
    double sum = 0;
    for (double h : spectrum()) {
      sum += h / (h + damping());
    }
    return sum;
  }

  /** What makes it again, bit for bit. */
  Description description();
}
