package org.quietune.data;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Images and their classes in two IDX files, or images alone in one. */
final class IdxSource extends ImageSource {
  static final String PREFIX = "idx:";

  private final IdxFile pixels;
  private final @Nullable IdxFile labels;

  private IdxSource(String spec, IdxFile pixels, @Nullable IdxFile labels) {
    super(spec, ImageShape.gray(pixels.height(), pixels.width()));
    this.pixels = pixels;
    this.labels = labels;
  }

  /**
   * Reads both headers.
   *
   * @param spec {@code idx:IMAGES,LABELS}
   */
  static IdxSource open(String spec) {
    String[] files = spec.substring(PREFIX.length()).split(",", -1);
    if (files.length != 2 || files[0].isBlank() || files[1].isBlank()) {
      throw new InvalidDataException(
          spec + ": expected idx:IMAGES,LABELS, two files with one comma between them");
    }
    Path imagePath = DataFile.path(files[0]);
    Path labelPath = DataFile.path(files[1]);
    IdxFile pixels = IdxFile.ofImages(files[0], imagePath);
    IdxFile labels = IdxFile.ofLabels(files[1], labelPath);
    if (pixels.count() != labels.count()) {
      throw new InvalidDataException(
          "%s holds %d images, but %s holds %d labels"
              .formatted(files[0], pixels.count(), files[1], labels.count()));
    }
    return new IdxSource(spec, pixels, labels);
  }

  /**
   * Reads the header of images whose classes do not matter.
   *
   * @param spec {@code idx:IMAGES}, or {@code idx:IMAGES,LABELS}
   */
  static IdxSource openInputs(String spec) {
    String file = spec.substring(PREFIX.length());
    return file.contains(",") || file.isBlank()
        ? open(spec)
        : new IdxSource(spec, IdxFile.ofImages(file, DataFile.path(file)), null);
  }

  @Override
  public String kind() {
    return "IDX images";
  }

  @Override
  public void requireUnchanged() {
    for (IdxFile file : idxFiles()) {
      if (!file.stamp().equals(FileStamp.of(file.path()))) {
        throw FileStamp.changed(file.name());
      }
    }
  }

  @Override
  public void forEachFile(Consumer<Path> action) {
    idxFiles().forEach(file -> action.accept(file.path()));
  }

  private List<IdxFile> idxFiles() {
    return labels == null ? List.of(pixels) : List.of(pixels, labels);
  }

  @Override
  public String location() {
    return pixels.path().toString();
  }

  @Override
  Images images() {
    return new Pass(pixels.items(), labels == null ? null : labels.items(), pixels.itemBytes());
  }

  /** Reads both files side by side. Without labels every label is NaN. */
  private static final class Pass implements Images {
    private final IdxFile.Items images;
    private final IdxFile.@Nullable Items labels;
    private final byte[] pixels;
    private final byte[] label = new byte[1];

    Pass(IdxFile.Items images, IdxFile.@Nullable Items labels, int size) {
      this.images = images;
      this.labels = labels;
      this.pixels = new byte[size];
    }

    @Override
    public boolean advance() {
      // Both are read to their ends, so that what follows the last item is seen in either file.
      boolean image = images.next(pixels);
      return (labels == null || labels.next(label)) && image;
    }

    @Override
    public void values(float[] out) {
      for (int i = 0; i < pixels.length; i++) {
        out[i] = pixels[i] & 0xff;
      }
    }

    @Override
    public double label() {
      return labels == null ? Double.NaN : label[0] & 0xff;
    }

    @Override
    public String labelPlace() {
      return labels == null ? "no label" : labels.place() + ": " + (label[0] & 0xff);
    }

    @Override
    public void close() {
      try {
        images.close();
      } finally {
        if (labels != null) {
          labels.close();
        }
      }
    }
  }
}
