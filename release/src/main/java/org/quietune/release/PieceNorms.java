package org.quietune.release;

/**
 * Norms of vectors that come piece by piece. Entries at the same place of each piece add up in a
 * lane of their own, and the lanes at last, always in one order: a vector's norm depends on that
 * vector and on where its pieces begin.
 *
 * <p>Numerics: within a few units in the last place, and finite wherever the norm is a double.
 * Nothing rests on it ({@link L2Clip}). For one thread.
 */
final class PieceNorms {
  /** Vectors, by number. */
  @FunctionalInterface
  interface Vectors {
    /** Writes a piece of a vector from {@code out[0]} on; the same bits each time. */
    void write(int piece, int vector, double[] out);
  }

  private final VectorPieces<?> pieces;
  private final PieceBuffers buffers;

  PieceNorms(VectorPieces<?> pieces, PieceBuffers buffers) {
    this.pieces = pieces;
    this.buffers = buffers;
  }

  /** Writes the norms of the first {@code count} vectors; NaN or infinite where an entry is. */
  void norms(Vectors vectors, int count, double[] norms) {
    for (int from = 0; from < count; from += PieceBuffers.GROUP) {
      int to = Math.min(from + PieceBuffers.GROUP, count);
      addSquares(vectors, from, to);
      for (int i = from; i < to; i++) {
        double squared = buffers.sumOfLanes(i - from);
        norms[i] =
            squared < Double.POSITIVE_INFINITY ? Math.sqrt(squared) : withoutOverflow(vectors, i);
      }
    }
  }

  private void addSquares(Vectors vectors, int from, int to) {
    buffers.clearLanes();
    double[] piece = buffers.piece();
    for (int p = 0; p < pieces.count(); p++) {
      int length = pieces.length(p);
      for (int i = from; i < to; i++) {
        vectors.write(p, i, piece);
        addSquares(piece, buffers.lanes(i - from), length);
      }
    }
  }

  private static void addSquares(double[] x, double[] sums, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] += x[j] * x[j];
    }
  }

  /**
   * The norm where squares overflow, above 1e154: that of the vector divided by its largest entry.
   */
  private double withoutOverflow(Vectors vectors, int i) {
    double[] piece = buffers.piece();
    double largest = 0;
    for (int p = 0; p < pieces.count(); p++) {
      vectors.write(p, i, piece);
      for (int j = 0; j < pieces.length(p); j++) {
        largest = Math.max(largest, Math.abs(piece[j]));
      }
    }
    double relative = 0;
    for (int p = 0; p < pieces.count(); p++) {
      vectors.write(p, i, piece);
      for (int j = 0; j < pieces.length(p); j++) {
        double v = piece[j] / largest;
        relative += v * v;
      }
    }
    return largest * Math.sqrt(relative);
  }
}
