package org.quietune.data;

import org.jspecify.annotations.Nullable;

/** The rows of a CSV file: plain ones as they are; from the first other one on, DuckDB's. */
final class CsvRows implements TableRows {
  private final CsvSource source;
  private final ColumnChoice choice;
  private final Runnable whenNotPlain;
  private final PlainCsvRows plainRows;
  private TableRows rows;
  private long count;

  /**
   * Takes over the plain rows.
   *
   * @param whenNotPlain told once, before DuckDB is asked
   */
  CsvRows(CsvSource source, ColumnChoice choice, PlainCsvRows plainRows, Runnable whenNotPlain) {
    this.source = source;
    this.choice = choice;
    this.plainRows = plainRows;
    this.whenNotPlain = whenNotPlain;
    this.rows = plainRows;
  }

  @Override
  public boolean advance() {
    if (rows.advance()) {
      count++;
      return true;
    }
    if (rows != plainRows || plainRows.isPlain()) {
      return false;
    }
    whenNotPlain.run();
    plainRows.close();
    rows = DuckDbRows.open(source, choice);
    for (long i = 0; i < count; i++) {
      if (!rows.advance()) {
        throw FileStamp.changed(source.name());
      }
    }
    return rows.advance();
  }

  @Override
  public double number(int i) {
    return rows.number(i);
  }

  @Override
  public @Nullable String unit() {
    return rows.unit();
  }

  @Override
  public int notANumber() {
    return rows.notANumber();
  }

  @Override
  public void close() {
    rows.close();
  }
}
