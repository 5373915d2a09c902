package org.quietune.model;

/**
 * Takes one record's gradient of one tensor, read as a matrix, as the sum of outer products that
 * the backward pass finds, in place of the matrix itself. For one thread.
 */
abstract class TensorSink {
  /**
   * Begins a record of the block whose result goes to {@code target} from {@code offset} on.
   *
   * @param views backward passes that add to it
   */
  abstract void start(double[] target, int offset, int views);

  /**
   * Adds {@code Σ_t l_t r_tᵀ} to the matrix's rows {@code firstRow} to {@code firstRow + rows}.
   *
   * @param left the l_t: row-major {@code terms × rows}, or {@code rows × terms} by columns
   * @param right the r_t: row-major {@code terms × columns}
   */
  abstract void add(
      double[] left,
      int atLeft,
      boolean byColumns,
      double[] right,
      int atRight,
      int terms,
      int firstRow,
      int rows);

  /** Adds to one row of the matrix. */
  abstract void addRow(int row, double[] right, int atRight);

  /** Adds a whole matrix, for a tensor that is used in other ways. */
  abstract void addWhole(double[] matrix, int at);

  /** Completes the results of all records since the last block. */
  abstract void endBlock();
}
