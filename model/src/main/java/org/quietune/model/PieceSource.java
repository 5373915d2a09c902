package org.quietune.model;

/** Writes parts of one tensor's result for records of a block. For one thread. */
interface PieceSource {
  /** Coordinates of the result. */
  int dimension();

  /** Length of rows that a piece should not cut, or a part of one: see {@link GradientPieces}. */
  int rowLength();

  /**
   * Writes {@code length} values of a record's result from its coordinate {@code from} on.
   *
   * @param inRow what has been kept of the record's tensors that are written in full
   * @param out written from 0 on
   */
  void write(int record, double[] inRow, int from, int length, double[] out);

  /** Values kept per record, beyond its row. */
  long keptValues();

  /** A tensor that is written in full, to a row. */
  record InRow(int at, int dimension) implements PieceSource {
    @Override
    public int rowLength() {
      return dimension;
    }

    @Override
    public void write(int record, double[] inRow, int from, int length, double[] out) {
      System.arraycopy(inRow, at + from, out, 0, length);
    }

    @Override
    public long keptValues() {
      return 0;
    }
  }
}
