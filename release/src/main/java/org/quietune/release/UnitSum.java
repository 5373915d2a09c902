package org.quietune.release;

/**
 * The sum of one unit's record vectors, in fixed point, before the clip.
 *
 * <p>Each record's vector is truncated to cells of the lattice; a record far outside the ball is
 * first shortened to 2¹⁰ clip norms, which no other record of the unit notices. Integers are then
 * added modulo 2⁶⁴. So the sum depends on the unit's records alone, and on no order or grouping of
 * them. (More than 2²³ such giants in one unit would wrap around, which the clip bounds like any
 * other value.)
 *
 * <p>A record that is not finite makes its whole unit contribute nothing.
 */
final class UnitSum {
  private static final double LONGEST_RECORD = 1 << 10;

  private final long[] cells;
  private boolean finite = true;

  UnitSum(int dimension) {
    this.cells = new long[dimension];
  }

  /** Cells per unit of a record's vector of this norm; 0 when it is not finite. */
  static double scale(L2Clip clip, double norm) {
    return clip.scale(norm, LONGEST_RECORD);
  }

  /** Adds a piece of a record's vector to the cells from {@code at} on. */
  static void addPiece(double[] piece, int length, double scale, long[] cells, int at) {
    for (int j = 0; j < length; j++) {
      cells[at + j] += (long) (piece[j] * scale);
    }
  }

  /** Adds a piece of the vector of a record of the unit. */
  void add(double[] piece, int length, double scale, int at) {
    if (scale > 0) {
      addPiece(piece, length, scale, cells, at);
    } else {
      finite = false;
    }
  }

  /** The sum of both parts of a unit; changes and returns this one. */
  UnitSum plus(UnitSum other) {
    for (int j = 0; j < cells.length; j++) {
      cells[j] += other.cells[j];
    }
    finite &= other.finite;
    return this;
  }

  boolean isFinite() {
    return finite;
  }

  /** Writes a piece of the unit's vector, before the clip. */
  void write(L2Clip clip, int at, int length, double[] out) {
    vector(clip, cells, at, length, out);
  }

  /** From cells to a vector. */
  static void vector(L2Clip clip, long[] cells, int at, int length, double[] out) {
    for (int j = 0; j < length; j++) {
      out[j] = cells[at + j] * clip.cellWidth();
    }
  }
}
