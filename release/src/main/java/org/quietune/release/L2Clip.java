package org.quietune.release;

import org.quietune.accounting.NeighboringRelation;

/**
 * Clips one unit's vector to an L2 ball and truncates it onto an integer lattice.
 *
 * <p>Definition: the ball of radius {@code clipNorm} is divided into {@code 2^clipBits} cells along
 * a radius. A vector {@code v} is scaled by {@code min(1, clipNorm/‖v‖)}, expressed in cells and
 * truncated toward zero.
 *
 * <p>Guarantee: whatever the input, the integer vector {@code q} that {@link ClippedSum} adds has
 * {@code Σ q_j² ≤ (2^clipBits)²}: by a sum in doubles whose error is bounded, and in exact integer
 * arithmetic where that does not decide. A vector that holds a NaN or an infinity, or that fails
 * the check, contributes zero. No input throws.
 *
 * <p>Numerics: norm and scaling run in double precision, which is harmless, because the guarantee
 * rests on the check of the integers alone. Truncation moves a coordinate by less than one cell.
 * Proof: {@code L2Clip.proof.md} beside this file.
 *
 * @param clipNorm radius of the ball, in the units of the vectors; positive and finite
 * @param clipBits log2 of the number of cells along a radius, 8 to 30
 */
public record L2Clip(double clipNorm, int clipBits) {

  /** A resolution at which truncation is invisible beside any useful noise. */
  public static final int DEFAULT_BITS = 30;

  public L2Clip {
    if (!(clipNorm > 0) || !(clipNorm < Double.MAX_VALUE)) {
      throw new IllegalArgumentException("clipNorm must be positive and finite: " + clipNorm);
    }
    if (clipBits < 8 || clipBits > 30) {
      throw new IllegalArgumentException("clipBits must lie in [8, 30]: " + clipBits);
    }
  }

  public L2Clip(double clipNorm) {
    this(clipNorm, DEFAULT_BITS);
  }

  /** The clip norm in cells: a power of two, so products with it are exact. */
  public long cells() {
    return 1L << clipBits;
  }

  /** The width of a cell in the units of the vectors. */
  public double cellWidth() {
    return clipNorm / cells();
  }

  /** The exact L2 sensitivity, in cells, of a sum of vectors that passed this clip. */
  public long sensitivityCells(NeighboringRelation relation) {
    return relation.sensitivityFactor() * cells();
  }

  /**
   * Cells per unit of a vector of this norm after it is shortened to at most {@code radii} clip
   * norms; zero for a norm that is not finite.
   */
  double scale(double norm, double radii) {
    if (!(norm < Double.POSITIVE_INFINITY)) {
      return 0;
    }
    return norm > radii * clipNorm ? radii * cells() / norm : cells() / clipNorm;
  }

  /**
   * A bound on computed sums of squares of integers, under which the exact sum is at most that of
   * the ball, if no term took part in more than {@code roundings} rounded operations.
   *
   * @param roundings at most 2^50
   */
  double surelyInside(long roundings) {
    // The factor is exact, and the product with a power of two as well.
    return (1 - roundings * 0x1p-52) * cells() * cells();
  }
}
