package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * CSV, plain or gzipped.
 *
 * <p>Files of plain numbers are read here ({@link PlainCsvRows}). From the first row that takes a
 * decision on, DuckDB reads: the dialect is fixed and every cell is read as text, so that nothing
 * depends on what it would guess from a sample of the rows.
 */
final class CsvSource extends TableSource {
  /**
   * Bytes that DuckDB reads at a time: twice the longest record that it takes. It holds several of
   * its usual buffers of 32 MB, so that memory would grow with the file up to some 150 MB.
   */
  private static final int BUFFER = 4_000_000;

  private final boolean gzip;

  /** Whether all that has been read so far was plain. */
  private volatile boolean plain = true;

  private CsvSource(String name, Path path, FileStamp stamp, boolean gzip, List<String> columns) {
    super(name, path, stamp, columns);
    this.gzip = gzip;
  }

  /** Reads the header and checks that a row follows. */
  static CsvSource open(String name, Path path, FileStamp stamp, boolean gzip) {
    return scan(
        name,
        path,
        gzip,
        scanner -> {
          if (!scanner.next()) {
            throw new InvalidDataException(name + " is empty");
          }
          if (scanner.line() != 1) {
            throw new InvalidDataException(name + " line 1: the header is blank");
          }
          List<String> columns = scanner.cells();
          if (columns.size() == 1 && columns.get(0).matches(".*[;\t|].*")) {
            throw new InvalidDataException(
                name + " line 1: the columns of a CSV file have to be separated by commas");
          }
          if (!scanner.next()) {
            throw new InvalidDataException(name + " has a header but no rows");
          }
          return new CsvSource(name, path, stamp, gzip, columns);
        });
  }

  @Override
  public String kind() {
    return "CSV";
  }

  /** Plain rows need no DuckDB. */
  @Override
  TableRows rows(ColumnChoice choice) {
    return plain
        ? new CsvRows(this, choice, plainRows(choice), () -> plain = false)
        : super.rows(choice);
  }

  private PlainCsvRows plainRows(ColumnChoice choice) {
    try {
      return new PlainCsvRows(text(path(), gzip), columns().size(), choice);
    } catch (IOException e) {
      throw unread(name(), e);
    }
  }

  @Override
  String relation() {
    StringBuilder types = new StringBuilder();
    for (int i = 0; i < columns().size(); i++) {
      types.append(i == 0 ? "" : ", ").append("'c").append(i).append("': 'VARCHAR'");
    }
    return "read_csv("
        + pathLiteral()
        + ", auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"'"
        + ", nullstr = '', hive_partitioning = false, compression = "
        + (gzip ? "'gzip'" : "'none'")
        + ", buffer_size = "
        + BUFFER
        + ", columns = {"
        + types
        + "})";
  }

  /** COALESCE stops at the first answer: only cells that are no plain number cost more. */
  @Override
  String number(int column) {
    String cell = "c" + column;
    return "COALESCE(TRY_CAST("
        + cell
        + " AS DOUBLE), CASE WHEN "
        + cell
        + " IS NULL OR trim("
        + cell
        + ") = '' THEN 'NaN'::DOUBLE WHEN lower(trim("
        + cell
        + ")) = 'true' THEN 1 WHEN lower(trim("
        + cell
        + ")) = 'false' THEN 0 END)";
  }

  @Override
  OptionalLong statedRows() {
    return OptionalLong.empty();
  }

  @Override
  String text(int column) {
    return "NULLIF(trim(c" + column + "), '')";
  }

  /** Nothing to refuse before the cells are read. */
  @Override
  public void requireNumeric(int column) {}

  @Override
  Cell cell(long row, int column) {
    return scan(
        name(),
        path(),
        gzip,
        scanner -> {
          scanner.next();
          for (long i = 0; i <= row; i++) {
            scanner.next();
          }
          List<String> cells = scanner.cells();
          return new Cell(
              name() + " line " + scanner.line() + ", column " + quoted(columns().get(column)),
              column < cells.size() ? cells.get(column).strip() : "");
        });
  }

  @Override
  InvalidDataException unreadable(Exception cause) {
    try {
      return scan(
          name(),
          path(),
          gzip,
          scanner -> {
            int width = columns().size();
            while (scanner.next()) {
              List<String> cells = scanner.cells();
              // DuckDB forgives one comma too many at the end of a line.
              boolean trailingComma = cells.size() == width + 1 && cells.get(width).isEmpty();
              if (cells.size() != width && !trailingComma) {
                return new InvalidDataException(
                    name()
                        + " line "
                        + scanner.line()
                        + ": "
                        + cells.size()
                        + (cells.size() == 1 ? " cell" : " cells")
                        + ", but the header names "
                        + width
                        + " columns",
                    cause);
              }
            }
            return new InvalidDataException(
                name() + " could not be read as CSV: " + firstLine(cause), cause);
          });
    } catch (InvalidDataException found) {
      return found;
    }
  }

  @FunctionalInterface
  private interface Scan<T> {
    T run(CsvScanner scanner) throws IOException;
  }

  private static <T> T scan(String name, Path path, boolean gzip, Scan<T> scan) {
    try (InputStream text = text(path, gzip);
        CsvScanner scanner = new CsvScanner(text, name)) {
      return scan.run(scanner);
    } catch (IOException e) {
      throw unread(name, e);
    }
  }

  private static RuntimeException unread(String name, IOException e) {
    return e instanceof ZipException || e instanceof EOFException
        ? new InvalidDataException(name + " is not a whole gzip file", e)
        : new UncheckedIOException("cannot read " + name, e);
  }

  private static InputStream text(Path path, boolean gzip) throws IOException {
    InputStream file = Files.newInputStream(path);
    try {
      return gzip ? new GZIPInputStream(file, 1 << 16) : file;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }
}
