package org.quietune.data;

import java.sql.SQLException;
import java.sql.Statement;
import org.duckdb.DuckDBChunkedResult;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBPreparedStatement;
import org.duckdb.DuckDBReadableVector;
import org.jspecify.annotations.Nullable;

/**
 * The rows that DuckDB reads, streamed in chunks of at most 2,048.
 *
 * <p>A chunked result that fails half-way ends as if it were complete. So rows are counted against
 * the number that the file states; where it states none, the query has one row more than the file,
 * whose last column is true.
 */
final class DuckDbRows implements TableRows {
  private final TableSource source;
  private final ColumnChoice choice;
  private final DuckDb db;
  private final DuckDBPreparedStatement statement;
  private final DuckDBChunkedResult result;

  /** The features, the label, the unit if there is one, and the mark of the end if there is one. */
  private final DuckDBReadableVector[] columns;

  private final boolean marked;
  private long left;
  private int rows;
  private int row;
  private int notANumber = NONE;

  private DuckDbRows(
      TableSource source,
      ColumnChoice choice,
      DuckDb db,
      DuckDBPreparedStatement statement,
      DuckDBChunkedResult result) {
    this.source = source;
    this.choice = choice;
    this.db = db;
    this.statement = statement;
    this.result = result;
    this.marked = source.statedRows().isEmpty();
    this.left = source.statedRows().orElse(0);
    int own = choice.width() + (choice.unit().isPresent() ? 2 : 1);
    this.columns = new DuckDBReadableVector[own + (marked ? 1 : 0)];
  }

  static DuckDbRows open(TableSource source, ColumnChoice choice) {
    DuckDb db = null;
    try {
      db = DuckDb.open(source);
      DuckDBPreparedStatement statement =
          db.prepare(
              source.statedRows().isEmpty() ? choice.markedQuery(source) : choice.query(source));
      return new DuckDbRows(source, choice, db, statement, statement.query());
    } catch (SQLException e) {
      if (db != null) {
        close(db);
      }
      throw refusal(source, choice, e);
    }
  }

  @Override
  public boolean advance() {
    if (!marked && left-- == 0) {
      return false;
    }
    row++;
    while (row >= rows) {
      if (!result.nextChunk()) {
        throw refusal(source, choice, new SQLException("the rows ended early"));
      }
      DuckDBDataChunkReader chunk = result.chunk();
      for (int i = 0; i < columns.length; i++) {
        columns[i] = chunk.vector(i);
      }
      rows = Math.toIntExact(chunk.rowCount());
      row = 0;
    }
    notANumber = NONE;
    return !marked || !columns[columns.length - 1].getBoolean(row);
  }

  @Override
  public double number(int i) {
    DuckDBReadableVector column = columns[i];
    if (column.isNull(row)) {
      if (marked && notANumber == NONE) {
        notANumber = i < choice.width() ? choice.feature(i) : choice.label().orElse(NONE);
      }
      return Double.NaN;
    }
    return column.getDouble(row);
  }

  @Override
  public @Nullable String unit() {
    return choice.unit().isPresent() ? columns[choice.width() + 1].getString(row) : null;
  }

  @Override
  public int notANumber() {
    return notANumber;
  }

  @Override
  public void close() {
    try {
      result.close();
      statement.close();
    } catch (SQLException e) {
      throw new IllegalStateException("cannot end reading " + source.name(), e);
    } finally {
      close(db);
    }
  }

  private static void close(DuckDb db) {
    try {
      db.close();
    } catch (SQLException e) {
      throw new IllegalStateException("cannot close DuckDB", e);
    }
  }

  /**
   * Finds out why a query failed. A streamed result says only that it failed, so the work is done
   * again without streaming, down to one row.
   */
  private static InvalidDataException refusal(
      TableSource source, ColumnChoice choice, SQLException failure) {
    try (DuckDb db = DuckDb.openUnstreamed(source);
        Statement statement = db.statement()) {
      statement.execute("SELECT max(COLUMNS(*)) FROM (" + choice.query(source) + ")");
      return source.unreadable(failure);
    } catch (SQLException reason) {
      return source.unreadable(reason);
    }
  }
}
