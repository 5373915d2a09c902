package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Labelled records in files: a table, or a set of images.
 *
 * <p>A table is CSV ({@code .csv}), gzipped CSV ({@code .csv.gz}) or Parquet ({@code .parquet}),
 * told apart by the extension in any case. Images are {@code idx:IMAGES,LABELS}, two files in IDX
 * format, plain or gzipped, or a folder that holds a folder of PNG or JPEG files for each class.
 *
 * <p><b>CSV</b> means RFC 4180 in UTF-8 with commas: a header line, then one line per row (a quoted
 * cell may span lines; blank lines are skipped). An empty or blank cell is missing. A number is
 * written in decimal, with or without exponent, or as {@code NaN}, {@code inf}, {@code -inf};
 * {@code true} and {@code false} are 1 and 0.
 *
 * <p><b>Parquet</b> columns of integer, floating-point, decimal or Boolean type are numbers; a null
 * is missing.
 *
 * <p><b>Images</b> all have one size. Their columns are the values of the pixels, 0 to 255, and the
 * class; no value is missing, and each image is a privacy unit.
 *
 * <p>The files have to stay as they are while they are in use: whoever opens them again after a
 * change gets an {@link InvalidDataException}.
 */
public final class DataFile {
  private static final int NAMED_COLUMNS = 8;

  private final RecordSource source;
  private final Map<String, Integer> positions = new HashMap<>();

  private DataFile(RecordSource source) {
    this.source = source;
    List<String> columns = source.columns();
    for (int i = 0; i < columns.size(); i++) {
      positions.put(columns.get(i), i);
    }
  }

  /**
   * Looks at the header of a file. No row is read but the first.
   *
   * @param spec path of the file or folder, or {@code idx:IMAGES,LABELS}, as the user gave it;
   *     messages call the data by this name
   * @throws InvalidDataException if there is no such file, if its kind is unknown, or if it has no
   *     columns, two columns of one name, or no rows
   */
  public static DataFile of(String spec) {
    if (spec.startsWith(IdxSource.PREFIX)) {
      return new DataFile(IdxSource.open(spec));
    }
    Path path = path(spec);
    String name = path.toString().toLowerCase(Locale.ROOT);
    boolean gzip = name.endsWith(".csv.gz");
    boolean parquet = name.endsWith(".parquet");
    if (!gzip && !parquet && !name.endsWith(".csv")) {
      if (Files.isDirectory(path)) {
        return new DataFile(ImageFolderSource.open(spec, path));
      }
      throw new InvalidDataException(
          spec
              + ": unknown kind of file (known: .csv, .csv.gz, .parquet, idx:IMAGES,LABELS,"
              + " a folder of images)");
    }
    FileStamp stamp = FileStamp.ofReadable(spec, path);
    TableSource source =
        parquet ? ParquetSource.open(spec, path, stamp) : CsvSource.open(spec, path, stamp, gzip);
    requireDistinct(spec, source.columns());
    return new DataFile(source);
  }

  /**
   * As {@link #of}, for inputs without labels: images may also be {@code idx:IMAGES}, one file.
   *
   * @throws InvalidDataException as {@link #of}
   */
  public static DataFile ofInputs(String spec) {
    return spec.startsWith(IdxSource.PREFIX) ? new DataFile(IdxSource.openInputs(spec)) : of(spec);
  }

  static Path path(String spec) {
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

  /** Where the data lies: the same text however the user wrote the path. */
  public String location() {
    return source.location();
  }

  /** The column of the labels, where the kind of file tells: with images. */
  public Optional<String> labelColumn() {
    return images().map(shape -> ImageSource.LABEL);
  }

  /** The kind of file, for people. */
  public String kind() {
    return source.kind();
  }

  /** The extents of the images; empty for a table. */
  public Optional<ImageShape> images() {
    return source instanceof ImageSource images ? Optional.of(images.shape()) : Optional.empty();
  }

  /** The names of the classes, by class number, where folders name them; else empty. */
  public List<String> classNames() {
    return source instanceof ImageFolderSource images ? images.classNames() : List.of();
  }

  /**
   * The same data with classes numbered as a model numbers them. Changes nothing but for folders of
   * images.
   *
   * @param classNames the model's, by class number; empty where it names none
   * @throws InvalidDataException if a folder is named by none of them
   */
  public DataFile numbered(List<String> classNames) {
    return source instanceof ImageFolderSource images
        ? new DataFile(images.numbered(classNames))
        : this;
  }

  /**
   * A hash of all bytes, in hexadecimal: the SHA-256 of the file; of several files, that of their
   * hashes in their order. For public data: a hash of private data is not to be published.
   */
  public String sha256() {
    ContentHash hash = new ContentHash();
    source().forEachFile(hash::add);
    return hash.hex();
  }

  /** The records; checks that the file is still the same. */
  RecordSource source() {
    source.requireUnchanged();
    return source;
  }

  /**
   * The position of a column.
   *
   * @throws InvalidDataException naming the columns that are nearest, if there is none of this name
   */
  int indexOf(String column) {
    Integer index = positions.get(column);
    if (index == null && source instanceof ImageSource images) {
      throw new InvalidDataException(
          name() + ": images of " + images.shape() + " have no column " + quoted(column));
    }
    if (index == null) {
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
}
