package org.quietune.data;

import static java.util.Objects.requireNonNull;
import static org.quietune.data.InvalidDataException.quoted;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A folder with one folder of PNG and JPEG files for each class.
 *
 * <p>Where every class folder is named by a number, that is the class number; else the classes are
 * numbered in the order of their names. The images come in the order of {@link ImageListing}.
 * Memory does not grow with their number: each pass lists the files again, sorts their names as
 * {@link UnitSort} does, and makes sure that they are those of before.
 */
final class ImageFolderSource extends ImageSource {
  private final Path folder;
  private final List<String> folders;
  private final ImageListing.Stamp stamp;
  private final int[] classes;

  private ImageFolderSource(
      String name,
      ImageShape shape,
      Path folder,
      List<String> folders,
      ImageListing.Stamp stamp,
      int[] classes) {
    super(name, shape);
    this.folder = folder;
    this.folders = folders;
    this.stamp = stamp;
    this.classes = classes;
  }

  /** Lists the files, and decodes the first to learn the size of all. */
  static ImageFolderSource open(String name, Path folder) {
    List<String> folders = folders(name, folder);
    ImageListing.Stamp stamp;
    String first = null;
    SortSpace space = new SortSpace(0);
    try (ImageListing files = new ImageListing(name, folder, folders)) {
      while (files.advance()) {
        String unit = files.unit();
        space.count(unit);
        first = first == null || unit.compareTo(first) < 0 ? unit : first;
      }
      stamp = files.stamp();
    }
    if (first == null) {
      throw new InvalidDataException(name + " holds no images");
    }
    space.requireFree(name);
    String path = ImageListing.path(first);
    ImageShape shape = ImageDecoder.decode(name + "/" + path, folder.resolve(path), null).shape();
    int[] classes = new int[folders.size()];
    boolean numbers = areNumbers(folders);
    for (int i = 0; i < classes.length; i++) {
      classes[i] = numbers ? Integer.parseInt(folders.get(i)) : i;
    }
    return new ImageFolderSource(name, shape, folder, folders, stamp, classes);
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
    return new ImageFolderSource(name(), shape(), folder, folders, stamp, renumbered);
  }

  private static boolean areNumbers(List<String> folders) {
    return folders.stream().allMatch(folder -> folder.matches("0|[1-9][0-9]{0,6}"));
  }

  /** The class folders in the order of their names, without hidden ones. */
  private static List<String> folders(String name, Path folder) {
    List<String> folders = new ArrayList<>();
    try (Stream<Path> paths = ImageListing.visible(folder)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        String file = ImageListing.fileName(path);
        if (!Files.isDirectory(path)) {
          throw new InvalidDataException(
              "%s/%s stands in no class folder: expected one folder of images for each class"
                  .formatted(name, file));
        }
        folders.add(file);
      }
    }
    if (folders.isEmpty()) {
      throw new InvalidDataException(
          name + " is an empty folder: expected one folder of images for each class");
    }
    return folders.stream().sorted().toList();
  }

  @Override
  public String kind() {
    return "folder of images";
  }

  /** Every pass does, since it lists the files. */
  @Override
  public void requireUnchanged() {}

  /**
   * The files in order.
   *
   * @throws InvalidDataException if they are not those of before
   */
  private RowReader sorted() {
    if (!folders.equals(folders(name(), folder))) {
      throw FileStamp.changed(name());
    }
    try (ImageListing files = new ImageListing(name(), folder, folders)) {
      RowReader sorted = UnitSort.sorted(files, 0);
      if (!files.stamp().equals(stamp)) {
        sorted.close();
        throw FileStamp.changed(name());
      }
      return sorted;
    }
  }

  @Override
  public void forEachFile(Consumer<Path> action) {
    try (Pass pass = new Pass(sorted())) {
      while (pass.advance()) {
        action.accept(folder.resolve(pass.path()));
      }
    }
  }

  @Override
  public String location() {
    return folder.toString();
  }

  @Override
  Images images() {
    return new Pass(sorted());
  }

  private final class Pass implements Images {
    private final RowReader files;

    Pass(RowReader files) {
      this.files = files;
    }

    @Override
    public boolean advance() {
      return files.advance();
    }

    String path() {
      return ImageListing.path(requireNonNull(files.unit()));
    }

    private int folderIndex() {
      return (int) files.label();
    }

    @Override
    public void values(float[] out) {
      String path = path();
      float[] values =
          ImageDecoder.decode(name() + "/" + path, folder.resolve(path), shape()).values();
      System.arraycopy(values, 0, out, 0, values.length);
    }

    @Override
    public double label() {
      return classes[folderIndex()];
    }

    @Override
    public String labelPlace() {
      return name() + ": folder " + quoted(folders.get(folderIndex()));
    }

    @Override
    public void close() {
      files.close();
    }
  }
}
