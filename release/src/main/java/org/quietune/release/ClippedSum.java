package org.quietune.release;

import java.util.Arrays;

/**
 * The exact sum of units' vectors, each clipped and truncated as {@link L2Clip} says, block by
 * block and piece by piece.
 *
 * <p>A block takes two passes over its pieces: one for the norms, one that scales, truncates and
 * adds. The second keeps the squares of the cells that it adds. A block's sum counts only if every
 * unit in it passed the check of those very cells; else it is formed again without the units that
 * did not. So a unit adds a vector of the ball or nothing, even if its pieces were not the same in
 * both passes. The argument is in {@code L2Clip.proof.md}.
 *
 * <p>Cells are integers in doubles while a block is summed, far below 2^53, so that sums are exact:
 * the loops can then be vectorized.
 *
 * <p>For one thread.
 */
final class ClippedSum {
  private static final int BLOCK = PieceBuffers.GROUP;

  /** How a unit of the block is checked. */
  private enum Check {
    /** By the sum of squares in doubles, which decides but for a hair about the sphere. */
    ROUNDED,
    /** In integers. */
    EXACT,
    /** Not at all: it adds nothing. */
    LEFT_OUT
  }

  private final L2Clip clip;
  private final VectorPieces<?> pieces;
  private final PieceBuffers buffers;
  private final PieceNorms norms;
  private final double largestSquare;
  private final long[] sum;
  private final double[] block;
  private final double[] scales = new double[BLOCK];
  private final Check[] checks = new Check[BLOCK];
  private final ExactNorm[] exact = new ExactNorm[BLOCK];

  /**
   * @param pieces how vectors are cut
   * @param sum what blocks are added to, one entry per coordinate, in cells
   */
  ClippedSum(L2Clip clip, VectorPieces<?> pieces, long[] sum) {
    this.clip = clip;
    this.pieces = pieces;
    this.sum = sum;
    buffers = new PieceBuffers(pieces);
    norms = new PieceNorms(pieces, buffers);
    // A square, the additions to a lane, those of lanes.
    largestSquare = clip.surelyInside(8L + pieces.count() + buffers.width());
    block = new double[sum.length];
  }

  /** Adds the first {@code count} units. */
  void add(PieceNorms.Vectors units, int count) {
    for (int from = 0; from < count; from += BLOCK) {
      int first = from;
      addBlock((p, i, out) -> units.write(p, first + i, out), Math.min(BLOCK, count - from));
    }
  }

  private void addBlock(PieceNorms.Vectors units, int count) {
    norms.norms(units, count, scales);
    for (int i = 0; i < count; i++) {
      scales[i] = clip.scale(scales[i], 1);
      checks[i] = scales[i] > 0 ? Check.ROUNDED : Check.LEFT_OUT;
    }
    do {
      sumBlock(units, count);
    } while (!allInside(count));
    for (int j = 0; j < sum.length; j++) {
      sum[j] += (long) block[j];
    }
  }

  /** Writes the sum of all units that are not left out, and the squares of their cells. */
  private void sumBlock(PieceNorms.Vectors units, int count) {
    buffers.clearLanes();
    for (int i = 0; i < count; i++) {
      exact[i] = new ExactNorm();
    }
    double[] piece = buffers.piece();
    double[] pieceSum = buffers.pieceSum();
    for (int p = 0; p < pieces.count(); p++) {
      int length = pieces.length(p);
      Arrays.fill(pieceSum, 0, length, 0);
      for (int i = 0; i < count; i++) {
        if (checks[i] != Check.LEFT_OUT) {
          units.write(p, i, piece);
          if (checks[i] == Check.ROUNDED) {
            addCells(scales[i], piece, pieceSum, buffers.lanes(i), length);
          } else {
            addCells(scales[i], piece, pieceSum, exact[i], length);
          }
        }
      }
      System.arraycopy(pieceSum, 0, block, pieces.start(p), length);
    }
  }

  /**
   * Adds the integers next to {@code scale · x} toward zero, and their squares, lane by lane. One
   * of (|x| + x)/2 and (|x| − x)/2 is |x| and the other 0, both exactly.
   */
  private static void addCells(
      double scale, double[] vector, double[] cells, double[] squares, int n) {
    for (int j = 0; j < n; j++) {
      double x = scale * vector[j];
      double size = Math.abs(x);
      double q = Math.floor((size + x) * 0.5) - Math.floor((size - x) * 0.5);
      cells[j] += q;
      squares[j] += q * q;
    }
  }

  /** The same with squares in integers; a cell number beyond 32 bits saturates. */
  private static void addCells(
      double scale, double[] vector, double[] cells, ExactNorm squares, int n) {
    for (int j = 0; j < n; j++) {
      int q = (int) (scale * vector[j]);
      cells[j] += q;
      squares.add(q);
    }
  }

  /** Whether every unit of the block's sum is in the ball. One that is not gets the next check. */
  private boolean allInside(int count) {
    boolean all = true;
    for (int i = 0; i < count; i++) {
      if (checks[i] == Check.ROUNDED && !(buffers.sumOfLanes(i) <= largestSquare)) {
        checks[i] = Check.EXACT;
        all = false;
      } else if (checks[i] == Check.EXACT && !exact[i].isAtMost(clip.cells())) {
        checks[i] = Check.LEFT_OUT;
        all = false;
      }
    }
    return all;
  }
}
