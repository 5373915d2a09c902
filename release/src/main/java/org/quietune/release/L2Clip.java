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
 * on the integer check alone. Truncation moves a coordinate by less than one cell. Proof: {@code
 * L2Clip.proof.md} beside this file.
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
      addCells(scratch, sum);
    }
  }

  /**
   * {@link #addTo} for the vectors that start at the first {@code count} of {@code offsets}: the
   * same cells to the bit. One norm is a chain of additions in which each waits for the one before;
   * four of them side by side take the time of one.
   */
  void addAllTo(double[] vectors, int[] offsets, int count, long[] scratch, long[] sum) {
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      int a = offsets[i];
      int b = offsets[i + 1];
      int c = offsets[i + 2];
      int d = offsets[i + 3];
      double squaredA = 0;
      double squaredB = 0;
      double squaredC = 0;
      double squaredD = 0;
      for (int j = 0; j < sum.length; j++) {
        squaredA += vectors[a + j] * vectors[a + j];
        squaredB += vectors[b + j] * vectors[b + j];
        squaredC += vectors[c + j] * vectors[c + j];
        squaredD += vectors[d + j] * vectors[d + j];
      }
      add(vectors, a, squaredA, scratch, sum);
      add(vectors, b, squaredB, scratch, sum);
      add(vectors, c, squaredC, scratch, sum);
      add(vectors, d, squaredD, scratch, sum);
    }
    for (; i < count; i++) {
      addTo(vectors, offsets[i], scratch, sum);
    }
  }

  private void add(double[] vector, int offset, double squaredNorm, long[] scratch, long[] sum) {
    if (truncate(vector, offset, squaredNorm, scratch, sum.length)) {
      addCells(scratch, sum);
    }
  }

  private static void addCells(long[] cells, long[] sum) {
    for (int j = 0; j < sum.length; j++) {
      sum[j] += cells[j];
    }
  }

  /** Writes the lattice vector to {@code q}; false (and zeros) when it must not contribute. */
  boolean truncate(double[] vector, int offset, long[] q, int dimension) {
    return truncate(vector, offset, squaredNorm(vector, offset, dimension), q, dimension);
  }

  private boolean truncate(
      double[] vector, int offset, double squaredNorm, long[] q, int dimension) {
    double scale = scale(vector, offset, squaredNorm, dimension, 1);
    if (scale > 0 && latticeInsideBall(vector, offset, scale, q, dimension)) {
      return true;
    }
    Arrays.fill(q, 0, dimension, 0L);
    return false;
  }

  /**
   * Writes the scaled vector, truncated, to {@code q}, and checks it. This loop, the check's and
   * the sum's are plain and have no early exit: the compiler can vectorize them, and the time does
   * not depend on the vector.
   */
  private boolean latticeInsideBall(
      double[] vector, int offset, double scale, long[] q, int dimension) {
    for (int j = 0; j < dimension; j++) {
      // A cell number beyond 32 bits saturates, which no ball holds.
      q[j] = (int) (vector[offset + j] * scale);
    }
    return isInsideBall(q, dimension);
  }

  /** The exact check on which sensitivity rests, for entries within 32 bits. */
  boolean isInsideBall(long[] q, int dimension) {
    // A square is at most 2^62, so the sum may wrap. The upper halves, at most 2^30 each, do not;
    // and while they add up to no more than the budget's, the sum is below (2^28 + 2^31)·2^32 <
    // 2^64. Then it is exact as an unsigned number, and a negative one is above any budget.
    long squared = 0;
    long upper = 0;
    for (int j = 0; j < dimension; j++) {
      long square = q[j] * q[j];
      squared += square;
      upper += square >>> Integer.SIZE;
    }
    long budget = cells() * cells();
    return upper <= budget >>> Integer.SIZE && squared >= 0 && squared <= budget;
  }

  private static double squaredNorm(double[] vector, int offset, int dimension) {
    double squared = 0;
    for (int j = offset; j < offset + dimension; j++) {
      squared += vector[j] * vector[j];
    }
    return squared;
  }

  /**
   * Cells per unit of the vector after it is shortened to at most {@code radii} clip norms; zero
   * for a vector that is not finite.
   */
  double scale(double[] vector, int offset, int dimension, double radii) {
    return scale(vector, offset, squaredNorm(vector, offset, dimension), dimension, radii);
  }

  private double scale(
      double[] vector, int offset, double squaredNorm, int dimension, double radii) {
    double norm =
        squaredNorm < Double.POSITIVE_INFINITY
            ? Math.sqrt(squaredNorm)
            : normWithoutOverflow(vector, offset, dimension);
    if (!(norm < Double.POSITIVE_INFINITY)) {
      return 0;
    }
    return norm > radii * clipNorm ? radii * cells() / norm : cells() / clipNorm;
  }

  /**
   * The norm where squares overflow, above 1e154: that of the vector divided by its largest entry.
   * NaN or infinite for a vector that holds a NaN or an infinity.
   */
  private static double normWithoutOverflow(double[] vector, int offset, int dimension) {
    double largest = 0;
    for (int j = offset; j < offset + dimension; j++) {
      largest = Math.max(largest, Math.abs(vector[j]));
    }
    double relative = 0;
    for (int j = offset; j < offset + dimension; j++) {
      double v = vector[j] / largest;
      relative += v * v;
    }
    return largest * Math.sqrt(relative);
  }
}
