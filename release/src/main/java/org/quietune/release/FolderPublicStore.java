package org.quietune.release;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Public values as files {@code NAME.bin} in one folder ({@link PublicValue}). */
public final class FolderPublicStore implements PublicStore {
  private final Path folder;

  public FolderPublicStore(Path folder) {
    this.folder = folder;
  }

  @Override
  public <T> T keep(String name, PublicFormat<T> format, Supplier<T> compute) {
    Path file = folder.resolve(name + ".bin");
    try {
      if (!Files.exists(file)) {
        DurableFile.write(file, format.encode(compute.get()).bytes());
      }
      return read(file, format);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep a public value: " + e.getMessage(), e);
    }
  }

  /**
   * Reads a kept value.
   *
   * @throws IOException when the file cannot be read, or is not such a value
   */
  public static <T> T read(Path file, PublicFormat<T> format) throws IOException {
    try {
      return format.decode(PublicValue.read(file));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " does not hold what its name says", e);
    }
  }
}
