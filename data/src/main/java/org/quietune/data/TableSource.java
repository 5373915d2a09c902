package org.quietune.data;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * How one kind of file is read, by DuckDB where not said otherwise, and how a person is told where
 * it is wrong.
 *
 * <p>In the SQL of a source, column {@code i} of the file is called {@code c}{@code i}: no name
 * from a file ever stands in a query.
 */
abstract sealed class TableSource implements RecordSource permits CsvSource, ParquetSource {
  private final String name;
  private final Path path;
  private final List<String> columns;
  private final FileStamp stamp;

  TableSource(String name, Path path, FileStamp stamp, List<String> columns) {
    this.name = name;
    this.path = path;
    this.columns = List.copyOf(columns);
    this.stamp = stamp;
  }

  @Override
  public final String name() {
    return name;
  }

  final Path path() {
    return path;
  }

  @Override
  public final void forEachFile(Consumer<Path> action) {
    action.accept(path);
  }

  final FileStamp stamp() {
    return stamp;
  }

  @Override
  public final List<String> columns() {
    return columns;
  }

  @Override
  public final void requireUnchanged() {
    if (!stamp.equals(FileStamp.of(path))) {
      throw FileStamp.changed(name);
    }
  }

  /** Any text may name a unit. */
  @Override
  public final void requireUnit(int column) {}

  @Override
  public final RowReader inFileOrder(ColumnChoice choice) {
    return new TableReader(this, choice, rows(choice));
  }

  @Override
  public final RowReader byUnit(ColumnChoice choice) {
    try (RowReader unsorted = inFileOrder(choice)) {
      return UnitSort.sorted(unsorted, choice.width());
    }
  }

  /** Starts to read the rows in the order of the file. */
  TableRows rows(ColumnChoice choice) {
    return DuckDbRows.open(this, choice);
  }

  @Override
  public final String location() {
    return path.toString();
  }

  /** SQL of the rows, in the order of the file. */
  abstract String relation();

  /**
   * SQL of a cell as a DOUBLE. NULL is a missing cell where the file's schema rules out cells that
   * are no numbers, else one that is not a number; then NaN is a missing one.
   */
  abstract String number(int column);

  /** The number of rows, where the file states it, and so that all numbers are numbers. */
  abstract OptionalLong statedRows();

  /** SQL of a cell as text without blanks around it; NULL if it is missing. */
  abstract String text(int column);

  /**
   * Where a cell is and what it holds, for a message. Slow: for the one cell that is refused.
   *
   * @param row number of the row in the file, from 0
   */
  abstract Cell cell(long row, int column);

  /** Says why DuckDB could not read the file. */
  abstract InvalidDataException unreadable(Exception cause);

  /** SQL literal of the file's path, safe for quotes and for the signs of a glob pattern. */
  final String pathLiteral() {
    return literal(pattern());
  }

  /** The path as a glob pattern that matches this one file. */
  private String pattern() {
    return path.toString().replaceAll("[*?\\[]", "[$0]");
  }

  /** The first line of what DuckDB says; the rest are its options and a piece of the query. */
  static String firstLine(Exception cause) {
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("no reason given");
  }

  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  /**
   * A cell for people.
   *
   * @param place file, line or row, and column
   * @param text what stands in the file; empty if the cell is missing
   */
  record Cell(String place, String text) {}
}
