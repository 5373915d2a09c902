package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder with one folder of PNG and JPEG files for each class.
 *
 * <p>Where every class folder is named by a number, that is the class number; else the classes are
 * numbered in the order of their names. The images come in the order of a hash of their names, so
 * that the classes are mixed however they are stored. Held in memory are the files' names and
 * stamps, about 125 bytes an image; of the images, one at a time.
 */
final class ImageFolderSource extends ImageSource {
  private final Path folder;
  private final List<String> folders;
  private final List<Entry> entries;
  private final int[] classes;

  /**
   * An image file.
   *
   * @param folder index of its class folder
   * @param path below the folder of all images
   */
  private record Entry(int folder, String path, FileStamp stamp) {}

  private ImageFolderSource(
      String name,
      ImageShape shape,
      Path folder,
      List<String> folders,
      List<Entry> entries,
      int[] classes) {
    super(name, shape);
    this.folder = folder;
    this.folders = folders;
    this.entries = entries;
    this.classes = classes;
  }

  /** Lists the files, and decodes the first to learn the size of all. */
  static ImageFolderSource open(String name, Path folder) {
    List<String> folders = folders(name, folder);
    List<Entry> entries = list(name, folder, folders);
    Entry first = entries.get(0);
    ImageShape shape =
        ImageDecoder.decode(name + "/" + first.path(), folder.resolve(first.path()), null).shape();
    int[] classes = new int[folders.size()];
    boolean numbers = areNumbers(folders);
    for (int i = 0; i < classes.length; i++) {
      classes[i] = numbers ? Integer.parseInt(folders.get(i)) : i;
    }
    return new ImageFolderSource(name, shape, folder, folders, entries, classes);
  }

  /** The names of the classes in the order of their numbers; empty where they are numbers. */
  List<String> classNames() {
    return areNumbers(folders) ? List.of() : folders;
  }

  /**
   * The same images with the classes numbered as in a list.
   *
   * @param names of the classes; empty where folders have to be named by class numbers
   * @throws InvalidDataException if a folder is no class of the list
   */
  ImageFolderSource numbered(List<String> names) {
    if (names.isEmpty()) {
      if (!areNumbers(folders)) {
        throw new InvalidDataException(
            "%s: folder %s is no class number, and the model does not name its classes"
                .formatted(name(), quoted(folders.get(0))));
      }
      return this;
    }
    int[] renumbered = new int[folders.size()];
    for (int i = 0; i < renumbered.length; i++) {
      renumbered[i] = names.indexOf(folders.get(i));
      if (renumbered[i] < 0) {
        throw new InvalidDataException(
            "%s: folder %s is no class of the model, whose classes are %s"
                .formatted(name(), quoted(folders.get(i)), String.join(", ", names)));
      }
    }
    return new ImageFolderSource(name(), shape(), folder, folders, entries, renumbered);
  }

  private static boolean areNumbers(List<String> folders) {
    return folders.stream().allMatch(folder -> folder.matches("0|[1-9][0-9]{0,6}"));
  }

  private static List<String> folders(String name, Path folder) {
    List<String> folders = new ArrayList<>();
    for (Path path : visible(folder)) {
      String file = fileName(path);
      if (!Files.isDirectory(path)) {
        throw new InvalidDataException(
            "%s/%s stands in no class folder: expected one folder of images for each class"
                .formatted(name, file));
      }
      folders.add(file);
    }
    if (folders.isEmpty()) {
      throw new InvalidDataException(
          name + " is an empty folder: expected one folder of images for each class");
    }
    return List.copyOf(folders);
  }

  private static List<Entry> list(String name, Path folder, List<String> folders) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < folders.size(); i++) {
      for (Path path : visible(folder.resolve(folders.get(i)))) {
        String below = folders.get(i) + "/" + fileName(path);
        if (Files.isDirectory(path)) {
          throw new InvalidDataException(name + "/" + below + " is a folder within a class");
        }
        entries.add(new Entry(i, below, FileStamp.ofReadable(name + "/" + below, path)));
      }
    }
    if (entries.isEmpty()) {
      throw new InvalidDataException(name + " holds no images");
    }
    entries.sort(
        Comparator.comparingLong((Entry entry) -> hash(entry.path())).thenComparing(Entry::path));
    return entries;
  }

  /** What a folder holds, in the order of the names, without hidden files. */
  private static List<Path> visible(Path folder) {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths
          .filter(ImageFolderSource::isVisible)
          .sorted(Comparator.comparing(ImageFolderSource::fileName))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  private static boolean isVisible(Path path) {
    return !fileName(path).startsWith(".");
  }

  private static String fileName(Path path) {
    return String.valueOf(path.getFileName());
  }

  /** FNV-1a, its bits mixed once more. */
  private static long hash(String path) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 32)) * 0x9E3779B97F4A7C15L;
    return hash ^ (hash >>> 29);
  }

  @Override
  public String kind() {
    return "folder of images";
  }

  /** As many files as before, and each of those before as it was: the same. */
  @Override
  public void requireUnchanged() {
    if (!folders.equals(folders(name(), folder))
        || countFiles() != entries.size()
        || !entries.stream().allMatch(this::isUnchanged)) {
      throw FileStamp.changed(name());
    }
  }

  private long countFiles() {
    long files = 0;
    for (String below : folders) {
      try (Stream<Path> paths = Files.list(folder.resolve(below))) {
        files += paths.filter(ImageFolderSource::isVisible).count();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot list " + folder.resolve(below), e);
      }
    }
    return files;
  }

  private boolean isUnchanged(Entry entry) {
    Path path = folder.resolve(entry.path());
    return Files.isRegularFile(path) && entry.stamp().equals(FileStamp.of(path));
  }

  @Override
  public List<Path> files() {
    return entries.stream().map(entry -> folder.resolve(entry.path())).toList();
  }

  @Override
  public String location() {
    return folder.toString();
  }

  @Override
  Images images() {
    return new Pass();
  }

  private final class Pass implements Images {
    private int next;

    @Override
    public boolean advance() {
      if (next == entries.size()) {
        return false;
      }
      next++;
      return true;
    }

    private Entry entry() {
      return entries.get(next - 1);
    }

    @Override
    public void values(float[] out) {
      String path = entry().path();
      float[] values =
          ImageDecoder.decode(name() + "/" + path, folder.resolve(path), shape()).values();
      System.arraycopy(values, 0, out, 0, values.length);
    }

    @Override
    public double label() {
      return classes[entry().folder()];
    }

    @Override
    public String labelPlace() {
      return name() + ": folder " + quoted(folders.get(entry().folder()));
    }

    @Override
    public void close() {}
  }
}
