package org.quietune.data;

import org.jspecify.annotations.Nullable;

/** The rows of a table in the order of the file, as one way of reading it gives them. */
interface TableRows extends AutoCloseable {

  /** No column. */
  int NONE = -1;

  /**
   * Moves to the next row; false at the end.
   *
   * @throws InvalidDataException if the file cannot be read any further
   */
  boolean advance();

  /** The number in chosen column {@code i}, the label after the features; NaN if it is missing. */
  double number(int i);

  /** The unit of the row; null if it is missing or none was asked for. */
  @Nullable String unit();

  /** The first chosen column of the row that holds no number; {@link #NONE} if there is none. */
  int notANumber();

  @Override
  void close();
}
