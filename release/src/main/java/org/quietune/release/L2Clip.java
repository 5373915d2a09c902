package org.quietune.release;

import java.util.Arrays;
import org.quietune.accounting.NeighboringRelation;

/**
 * Clips one unit's vector to an L2 ball and truncates it onto an integer lattice.
 *
 * <p>Definition: the ball of radius {@code clipNorm} is divided into {@code 2^clipBits} cells along
 * a radius. A vector {@code v} is scaled by {@code min(1, clipNorm/‖v‖)}, expressed in cells and
 * truncated toward zero.
 *
 * <p>Guarantee: whatever the input, the integer vector {@code q} that {@link #addTo} adds has
 * {@code Σ q_j² ≤ (2^clipBits)²}, checked in exact integer arithmetic. A vector that holds a NaN or
 * an infinity, or that fails the check, contributes zero. No input throws.
 *
 * <p>Numerics: the scaling runs in double precision, which is harmless, because the guarantee rests
 * on the integer check alone. Truncation moves a coordinate by less than one cell.
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
   * Clips {@code vector}, truncates it, and adds the result to {@code sum}.
   *
   * @param vector one unit's vector; not changed
   * @param offset where it starts in {@code vector}
   * @param scratch at least {@code sum.length} long; overwritten
   * @param sum one entry per coordinate, in cells
   */
  void addTo(double[] vector, int offset, long[] scratch, long[] sum) {
    if (truncate(vector, offset, scratch, sum.length)) {
      for (int j = 0; j < sum.length; j++) {
        sum[j] += scratch[j];
      }
    }
  }

  /** Writes the lattice vector to {@code q}; false (and zeros) when it must not contribute. */
  boolean truncate(double[] vector, int offset, long[] q, int dimension) {
    double scale = scale(vector, offset, dimension);
    for (int j = 0; j < dimension; j++) {
      q[j] = (long) (vector[offset + j] * scale);
    }
    if (scale > 0 && insideBall(q, dimension)) {
      return true;
    }
    Arrays.fill(q, 0, dimension, 0L);
    return false;
  }

  /** Cells per unit of the vector after clipping; zero for a vector that is not finite. */
  private double scale(double[] vector, int offset, int dimension) {
    double largest = 0;
    double finite = 0;
    double squared = 0;
    for (int j = offset; j < offset + dimension; j++) {
      double v = vector[j];
      largest = Math.max(largest, Math.abs(v));
      // 0·v is NaN exactly when v is a NaN or an infinity.
      finite += 0 * v;
      squared += v * v;
    }
    if (Double.isNaN(finite)) {
      return 0;
    }
    double norm = Math.sqrt(squared);
    if (Double.isInfinite(squared)) {
      // Squares overflow above 1e154: measure the norm of the vector divided by its largest entry.
      double relative = 0;
      for (int j = offset; j < offset + dimension; j++) {
        double v = vector[j] / largest;
        relative += v * v;
      }
      norm = largest * Math.sqrt(relative);
      if (Double.isInfinite(norm)) {
        return 0;
      }
    }
    return norm > clipNorm ? cells() / norm : cells() / clipNorm;
  }

  /** The exact check on which sensitivity rests. */
  private boolean insideBall(long[] q, int dimension) {
    long radius = cells();
    long budget = radius * radius;
    long squared = 0;
    for (int j = 0; j < dimension; j++) {
      long v = q[j];
      if (v > radius || v < -radius) {
        return false;
      }
      squared += v * v;
      // Both terms are at most 2^60, so the sum cannot overflow before this look at it.
      if (squared > budget) {
        return false;
      }
    }
    return true;
  }
}
