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

  /** Adds the record vector that starts at {@code offset}. */
  void add(L2Clip clip, double[] vectors, int offset) {
    double scale = clip.scale(vectors, offset, cells.length, LONGEST_RECORD);
    if (!(scale > 0)) {
      finite = false;
      return;
    }
    for (int j = 0; j < cells.length; j++) {
      cells[j] += (long) (vectors[offset + j] * scale);
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

  /** Clips the unit's sum and adds it to {@code sum}. */
  void addTo(L2Clip clip, long[] scratch, long[] sum) {
    if (!finite) {
      return;
    }
    double[] vector = new double[cells.length];
    for (int j = 0; j < vector.length; j++) {
      vector[j] = cells[j] * clip.cellWidth();
    }
    clip.addTo(vector, 0, scratch, sum);
  }
}
