package org.quietune.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The image files of a folder, class by class as the file system lists them, one at a time. Each is
 * a record without features: its label is the number of its class folder, and its unit names it, so
 * that a sort by unit puts the files in the order of a hash of their names. This mixes the classes
 * however they are stored.
 */
final class ImageListing implements RowReader {
  /** Hexadecimal digits of the hash, which stands before the name. */
  private static final int HASH = 16;

  private final String name;
  private final Path folder;
  private final List<String> classes;
  private int nextClass;
  private Stream<Path> stream = Stream.empty();
  private Iterator<Path> files = stream.iterator();
  private String path = "";
  private long count;
  private long sum;

  /**
   * Starts to list.
   *
   * @param name how messages call the folder
   * @param classes names of the class folders
   */
  ImageListing(String name, Path folder, List<String> classes) {
    this.name = name;
    this.folder = folder;
    this.classes = classes;
  }

  /**
   * What tells a folder from a changed one.
   *
   * @param files how many
   * @param sum of the hashes of the files' names, lengths and times, which no order changes
   */
  record Stamp(long files, long sum) {}

  /** Of the files listed so far. */
  Stamp stamp() {
    return new Stamp(count, sum);
  }

  /** The path of the file below the folder, with slashes, from the name of its unit. */
  static String path(String unit) {
    return unit.substring(HASH);
  }

  /** What a folder holds, without hidden files, listed while it is read. */
  @SuppressWarnings("StreamResourceLeak") // for the caller to close
  static Stream<Path> visible(Path folder) {
    try {
      return Files.list(folder).filter(path -> !fileName(path).startsWith("."));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  static String fileName(Path path) {
    return String.valueOf(path.getFileName());
  }

  /**
   * Moves to the next file.
   *
   * @throws InvalidDataException if it is no file, is empty or cannot be read
   */
  @Override
  public boolean advance() {
    while (!files.hasNext()) {
      close();
      if (nextClass == classes.size()) {
        return false;
      }
      open(folder.resolve(classes.get(nextClass++)));
    }
    Path file = files.next();
    path = classes.get(nextClass - 1) + "/" + fileName(file);
    if (Files.isDirectory(file)) {
      throw new InvalidDataException(name + "/" + path + " is a folder within a class");
    }
    FileStamp stamp = FileStamp.ofReadable(name + "/" + path, file);
    count++;
    sum += hash(path + "/" + stamp.bytes() + "/" + stamp.modifiedMillis());
    return true;
  }

  private void open(Path classFolder) {
    stream = visible(classFolder);
    files = stream.iterator();
  }

  @Override
  public float[] features() {
    return new float[0];
  }

  @Override
  public double label() {
    return nextClass - 1;
  }

  @Override
  public String unit() {
    // Flipped, the first bit orders signed numbers as their digits are ordered.
    return HexFormat.of().toHexDigits(hash(path) ^ Long.MIN_VALUE) + path;
  }

  /** Not for files: whether an image is one of the labels' classes is asked when it is read. */
  @Override
  public void requireValid(LabelDomain labels) {
    throw new IllegalStateException("files cannot be checked");
  }

  @Override
  public void close() {
    stream.close();
  }

  /** FNV-1a, its bits mixed once more. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 32)) * 0x9E3779B97F4A7C15L;
    return hash ^ (hash >>> 29);
  }
}
