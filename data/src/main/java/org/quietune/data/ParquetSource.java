package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** Parquet: the file's own types say which columns are numbers. */
final class ParquetSource extends TableSource {
  private static final Set<String> NUMERIC_TYPES =
      Set.of(
          "BOOLEAN",
          "TINYINT",
          "SMALLINT",
          "INTEGER",
          "BIGINT",
          "HUGEINT",
          "UTINYINT",
          "USMALLINT",
          "UINTEGER",
          "UBIGINT",
          "UHUGEINT",
          "FLOAT",
          "DOUBLE");

  private final List<String> types;
  private final long rows;

  private ParquetSource(
      String name,
      Path path,
      FileStamp stamp,
      List<String> columns,
      List<String> types,
      long rows) {
    super(name, path, stamp, columns);
    this.types = List.copyOf(types);
    this.rows = rows;
  }

  /** Reads the schema and checks that there are rows. */
  static ParquetSource open(String name, Path path, FileStamp stamp) {
    ParquetSource unread = new ParquetSource(name, path, stamp, List.of(), List.of(), 0);
    List<String> columns = new ArrayList<>();
    List<String> types = new ArrayList<>();
    long rows;
    try (DuckDb db = DuckDb.open(unread);
        Statement statement = db.statement()) {
      try (ResultSet schema = statement.executeQuery("DESCRIBE FROM " + unread.reader())) {
        while (schema.next()) {
          columns.add(schema.getString("column_name"));
          types.add(schema.getString("column_type"));
        }
      }
      try (ResultSet count = statement.executeQuery("SELECT count(*) FROM " + unread.reader())) {
        rows = count.next() ? count.getLong(1) : 0;
      }
    } catch (SQLException e) {
      throw unread.unreadable(e);
    }
    if (rows == 0) {
      throw new InvalidDataException(name + " has columns but no rows");
    }
    return new ParquetSource(name, path, stamp, columns, types, rows);
  }

  @Override
  public String kind() {
    return "Parquet";
  }

  @Override
  String relation() {
    StringBuilder aliases = new StringBuilder();
    for (int i = 0; i < columns().size(); i++) {
      aliases.append(i == 0 ? "" : ", ").append('c').append(i);
    }
    return reader() + " AS t(" + aliases + ")";
  }

  @Override
  String number(int column) {
    // A cast that changes nothing takes time, too, where columns are many.
    return types.get(column).equals("DOUBLE") ? "c" + column : "CAST(c" + column + " AS DOUBLE)";
  }

  @Override
  OptionalLong statedRows() {
    return OptionalLong.of(rows);
  }

  @Override
  String text(int column) {
    return "NULLIF(trim(CAST(c" + column + " AS VARCHAR)), '')";
  }

  @Override
  public void requireNumeric(int column) {
    String type = types.get(column);
    if (!NUMERIC_TYPES.contains(type) && !type.startsWith("DECIMAL(")) {
      throw new InvalidDataException(
          name()
              + ", column "
              + quoted(columns().get(column))
              + ": type "
              + type
              + " where numbers are needed");
    }
  }

  @Override
  Cell cell(long row, int column) {
    String value = "";
    try (DuckDb db = DuckDb.open(this);
        Statement statement = db.statement();
        ResultSet result =
            statement.executeQuery(
                "SELECT " + text(column) + " FROM " + relation() + " LIMIT 1 OFFSET " + row)) {
      if (result.next()) {
        String text = result.getString(1);
        value = text == null ? "" : text;
      }
    } catch (SQLException e) {
      throw unreadable(e);
    }
    return new Cell(
        name() + " row " + (row + 1) + ", column " + quoted(columns().get(column)), value);
  }

  @Override
  InvalidDataException unreadable(Exception cause) {
    return new InvalidDataException(
        name() + " could not be read as Parquet: " + firstLine(cause), cause);
  }

  private String reader() {
    return "read_parquet(" + pathLiteral() + ", hive_partitioning = false)";
  }
}
