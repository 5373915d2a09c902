package org.quietune.data;

import org.jspecify.annotations.Nullable;

/** One pass over the records of a source, streamed: memory does not grow with their number. */
interface RowReader extends AutoCloseable {

  /** Moves to the next row; false at the end. */
  boolean advance();

  /** The features of the current row, in an array of its own. */
  float[] features();

  /** The label of the current row; NaN where none is read. */
  double label();

  /** The unit of the current row; null if it is missing or none was asked for. */
  @Nullable String unit();

  /**
   * Refuses a row that cannot be used. For readers in the order of the file.
   *
   * @throws InvalidDataException naming the place and the value
   */
  void requireValid(LabelDomain labels);

  @Override
  void close();
}
