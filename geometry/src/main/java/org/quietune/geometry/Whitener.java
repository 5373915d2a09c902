package org.quietune.geometry;

/**
 * A root {@code B} with {@code BᵀB = (H+λI)⁻¹}: the coordinates in which the exponential
 * mechanism's normal law is isotropic (docs/theory.md §2). Immutable and thread-safe; depends on
 * public data only.
 */
public interface Whitener {

  int dimension();

  /** The damping λ. */
  double damping();

  /** {@code g ↦ B Pᵀ g}: from parameter gradients to whitened coordinates, for private rows too. */
  RowMap whitening(Subspace subspace);

  /**
   * {@code Bᵀ w}: from whitened coordinates to a displacement. In plain Java and a fixed order, so
   * that whoever checks a step gets its bits.
   */
  double[] unwhiten(double[] w);

  /** Eigenvalues of H in the order of the whitened coordinates. */
  double[] spectrum();
}
