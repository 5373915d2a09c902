package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** One pass over chosen columns of a table, streamed through DuckDB. */
final class TableReader implements RowReader {
  private static final int NONE = -1;

  private final TableSource source;
  private final ColumnChoice choice;
  private final @Nullable SpillDirectory spill;
  private final DuckDb db;
  private final Statement statement;
  private final ResultSet rows;

  private long row = NONE;
  private float[] features = {};
  private double label;
  private @Nullable String unit;
  private int notANumber = NONE;

  private TableReader(
      TableSource source,
      ColumnChoice choice,
      @Nullable SpillDirectory spill,
      DuckDb db,
      Statement statement,
      ResultSet rows) {
    this.source = source;
    this.choice = choice;
    this.spill = spill;
    this.db = db;
    this.statement = statement;
    this.rows = rows;
  }

  /** Reads the rows in the order of the file. */
  static TableReader inFileOrder(TableSource source, ColumnChoice choice) {
    return open(source, choice, null);
  }

  /** Reads the rows of one unit together, in any order. The choice has to name a unit. */
  static TableReader byUnit(TableSource source, ColumnChoice choice) {
    return open(source, choice, SpillDirectory.create());
  }

  private static TableReader open(
      TableSource source, ColumnChoice choice, @Nullable SpillDirectory spill) {
    String query = choice.query(source, spill != null);
    DuckDb db = null;
    try {
      db = spill == null ? DuckDb.open(source) : DuckDb.open(source, spill.path(), choice.width());
      Statement statement = db.statement();
      return new TableReader(source, choice, spill, db, statement, statement.executeQuery(query));
    } catch (SQLException e) {
      close(db, spill);
      throw refusal(source, choice, e);
    }
  }

  @Override
  public boolean advance() {
    try {
      if (!rows.next()) {
        return false;
      }
      row++;
      notANumber = NONE;
      float[] values = new float[choice.width()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) number(i + 1, choice.feature(i));
      }
      features = values;
      label = number(values.length + 1, choice.label().orElse(NONE));
      unit = choice.unit().isPresent() ? rows.getString(values.length + 2) : null;
      return true;
    } catch (SQLException e) {
      throw refusal(source, choice, e);
    }
  }

  @Override
  public float[] features() {
    return features;
  }

  @Override
  public double label() {
    return label;
  }

  @Override
  public @Nullable String unit() {
    return unit;
  }

  @Override
  public void requireValid(LabelDomain labels) {
    if (notANumber != NONE) {
      TableSource.Cell cell = source.cell(row, notANumber);
      throw new InvalidDataException(
          cell.place() + ": " + quoted(cell.text()) + " is not a number");
    }
    if (choice.label().isPresent() && !labels.contains(label)) {
      TableSource.Cell cell = source.cell(row, choice.label().getAsInt());
      throw new InvalidDataException(
          cell.place()
              + (cell.text().isEmpty()
                  ? ": the label is missing"
                  : ": label " + quoted(cell.text()) + " is not " + labels.members()));
    }
    if (choice.unit().isPresent() && unit == null) {
      TableSource.Cell cell = source.cell(row, choice.unit().getAsInt());
      throw new InvalidDataException(cell.place() + ": the privacy unit is missing");
    }
  }

  @Override
  public void close() {
    try {
      rows.close();
      statement.close();
    } catch (SQLException e) {
      throw new IllegalStateException("cannot end reading " + source.name(), e);
    } finally {
      close(db, spill);
    }
  }

  /** The value in a column of the result; NaN, with a note of the column, if it is no number. */
  private double number(int resultColumn, int fileColumn) throws SQLException {
    double value = rows.getDouble(resultColumn);
    if (rows.wasNull()) {
      if (notANumber == NONE) {
        notANumber = fileColumn;
      }
      return Double.NaN;
    }
    return value;
  }

  private static void close(@Nullable DuckDb db, @Nullable SpillDirectory spill) {
    try {
      if (db != null) {
        db.close();
      }
    } catch (SQLException e) {
      throw new IllegalStateException("cannot close DuckDB", e);
    } finally {
      if (spill != null) {
        spill.close();
      }
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
      statement.execute("SELECT max(COLUMNS(*)) FROM (" + choice.query(source, false) + ")");
      return source.unreadable(failure);
    } catch (SQLException reason) {
      return source.unreadable(reason);
    }
  }
}
