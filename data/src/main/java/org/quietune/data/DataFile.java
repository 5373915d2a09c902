package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A table in a file: CSV ({@code .csv}), gzipped CSV ({@code .csv.gz}) or Parquet ({@code
 * .parquet}), told apart by the extension in any case.
 *
 * <p><b>CSV</b> means RFC 4180 in UTF-8 with commas: a header line, then one line per row (a quoted
 * cell may span lines; blank lines are skipped). An empty or blank cell is missing. A number is
 * written in decimal, with or without exponent, or as {@code NaN}, {@code inf}, {@code -inf};
 * {@code true} and {@code false} are 1 and 0.
 *
 * <p><b>Parquet</b> columns of integer, floating-point, decimal or Boolean type are numbers; a null
 * is missing.
 *
 * <p>The file has to stay as it is while it is in use: whoever opens it again after a change gets
 * an {@link InvalidDataException}.
 */
public final class DataFile {
  private static final int NAMED_COLUMNS = 8;

  private final TableSource source;
  private final FileStamp stamp;

  private DataFile(TableSource source, FileStamp stamp) {
    this.source = source;
    this.stamp = stamp;
  }

  /**
   * Looks at the header of a file. No row is read but the first.
   *
   * @param spec path of the file, as the user gave it; messages call the file by this name
   * @throws InvalidDataException if there is no such file, if its kind is unknown, or if it has no
   *     columns, two columns of one name, or no rows
   */
  public static DataFile of(String spec) {
    Path path = path(spec);
    String name = path.toString().toLowerCase(Locale.ROOT);
    boolean gzip = name.endsWith(".csv.gz");
    boolean parquet = name.endsWith(".parquet");
    if (!gzip && !parquet && !name.endsWith(".csv")) {
      throw new InvalidDataException(
          spec + ": unknown kind of file (known: .csv, .csv.gz, .parquet)");
    }
    if (Files.isDirectory(path)) {
      throw new InvalidDataException(spec + " is a directory");
    }
    if (!Files.exists(path)) {
      throw new InvalidDataException("no such file: " + spec);
    }
    if (!Files.isReadable(path)) {
      throw new InvalidDataException(spec + ": no permission to read the file");
    }
    FileStamp stamp = FileStamp.of(path);
    if (stamp.bytes() == 0) {
      throw new InvalidDataException(spec + " is empty");
    }
    TableSource source =
        parquet ? ParquetSource.open(spec, path) : CsvSource.open(spec, path, gzip);
    requireDistinct(spec, source.columns());
    return new DataFile(source, stamp);
  }

  private static Path path(String spec) {
    try {
      return Path.of(spec).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new InvalidDataException("no such file: " + spec, e);
    }
  }

  /** The names of the columns, in the order of the file. */
  public List<String> columns() {
    return source.columns();
  }

  /** The file, as the user named it. */
  public String name() {
    return source.name();
  }

  /**
   * SHA-256 of the file's bytes, in hexadecimal. For public files: a hash of private data is not to
   * be published.
   */
  public String sha256() {
    try (InputStream in = Files.newInputStream(source().path())) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new InvalidDataException(name() + ": cannot be read", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  /** What DuckDB has to be told about this file; checks that the file is still the same. */
  TableSource source() {
    if (!stamp.equals(FileStamp.of(source.path()))) {
      throw new InvalidDataException(name() + " has changed since it was opened: start again");
    }
    return source;
  }

  /**
   * The position of a column.
   *
   * @throws InvalidDataException naming the columns that are nearest, if there is none of this name
   */
  int indexOf(String column) {
    int index = columns().indexOf(column);
    if (index < 0) {
      throw new InvalidDataException(name() + ": no column " + quoted(column) + hint(column));
    }
    return index;
  }

  private String hint(String column) {
    int allowed = Math.max(1, column.length() / 3);
    List<String> near =
        columns().stream()
            .filter(candidate -> distance(column, candidate) <= allowed)
            .sorted(Comparator.comparingInt(candidate -> distance(column, candidate)))
            .limit(3)
            .toList();
    if (!near.isEmpty()) {
      return " (near: " + quotedList(near) + ")";
    }
    int more = columns().size() - NAMED_COLUMNS;
    return " (columns: "
        + quotedList(columns().subList(0, Math.min(NAMED_COLUMNS, columns().size())))
        + (more > 0 ? " and " + more + " more" : "")
        + ")";
  }

  private static String quotedList(List<String> names) {
    List<String> shown = new ArrayList<>();
    names.forEach(name -> shown.add(quoted(name)));
    return String.join(", ", shown);
  }

  /** Levenshtein distance, blind to case and to blanks at the ends. */
  private static int distance(String a, String b) {
    String from = a.strip().toLowerCase(Locale.ROOT);
    String to = b.strip().toLowerCase(Locale.ROOT);
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int substituted = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }

  private static void requireDistinct(String spec, List<String> columns) {
    Set<String> seen = new HashSet<>();
    for (String column : columns) {
      if (!seen.add(column)) {
        throw new InvalidDataException(spec + ": two columns are named " + quoted(column));
      }
    }
  }

  /** What tells a file from a changed one without reading it. */
  private record FileStamp(long bytes, long modifiedMillis) {
    static FileStamp of(Path path) {
      try {
        return new FileStamp(Files.size(path), Files.getLastModifiedTime(path).toMillis());
      } catch (IOException e) {
        throw new UncheckedIOException("cannot look at " + path, e);
      }
    }
  }
}
