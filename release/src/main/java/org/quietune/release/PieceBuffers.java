package org.quietune.release;

import java.util.Arrays;

/**
 * What one thread needs to walk over pieces of vectors.
 *
 * <p>The arrays are made together, each with its header a number of whole lines of the cache, so
 * that they begin at the same place of a line: HotSpot starts a loop so that one array is met at
 * whole lines, and then the others are too. A vector instruction that crosses lines takes about
 * twice as long. Nothing but time depends on it.
 */
final class PieceBuffers {
  /** Vectors that share a walk over the pieces: their lanes stay in a cache. */
  static final int GROUP = 32;

  /** Doubles of a line of 64 bytes, and those that a header takes the place of. */
  private static final int LINE = 8;

  private static final int HEADER = 2;

  private final double[][] arrays;

  /**
   * @throws IllegalArgumentException when a piece is empty or too long
   */
  PieceBuffers(VectorPieces<?> pieces) {
    int longest = 0;
    for (int p = 0; p < pieces.count(); p++) {
      int length = pieces.length(p);
      if (length < 1 || length > VectorPieces.LONGEST) {
        throw new IllegalArgumentException("a piece of a vector has length " + length);
      }
      longest = Math.max(longest, length);
    }
    int lines = (longest + HEADER + LINE - 1) / LINE;
    arrays = new double[GROUP + 2][lines * LINE - HEADER];
  }

  /** At least the length of the longest piece. */
  int width() {
    return arrays[0].length;
  }

  /** A piece of a vector. */
  double[] piece() {
    return arrays[GROUP];
  }

  /** The same piece of a sum of vectors. */
  double[] pieceSum() {
    return arrays[GROUP + 1];
  }

  /** Partial sums of one vector of a group, one for each place in a piece. */
  double[] lanes(int vector) {
    return arrays[vector];
  }

  void clearLanes() {
    for (int i = 0; i < GROUP; i++) {
      Arrays.fill(arrays[i], 0);
    }
  }

  /** The sum of lanes, by eight sums side by side: one would wait for each of its additions. */
  double sumOfLanes(int vector) {
    double[] lanes = arrays[vector];
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    double e = 0;
    double f = 0;
    double g = 0;
    double h = 0;
    int j = 0;
    for (; j + 7 < lanes.length; j += 8) {
      a += lanes[j];
      b += lanes[j + 1];
      c += lanes[j + 2];
      d += lanes[j + 3];
      e += lanes[j + 4];
      f += lanes[j + 5];
      g += lanes[j + 6];
      h += lanes[j + 7];
    }
    for (; j < lanes.length; j++) {
      a += lanes[j];
    }
    return ((a + b) + (c + d)) + ((e + f) + (g + h));
  }
}
