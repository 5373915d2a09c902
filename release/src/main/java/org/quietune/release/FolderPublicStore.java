package org.quietune.release;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Public values as files {@code NAME.bin} in one folder ({@link PublicValue}). */
public final class FolderPublicStore implements PublicStore {
  private final Path folder;
  private final boolean complete;

  private FolderPublicStore(Path folder, boolean complete) {
    this.folder = folder;
    this.complete = complete;
  }

  /** The store of a run that goes on. */
  public FolderPublicStore(Path folder) {
    this(folder, false);
  }

  /** The store of a finished run, which lacks nothing: a value that is not there is an error. */
  public static FolderPublicStore complete(Path folder) {
    return new FolderPublicStore(folder, true);
  }

  @Override
  public <T> T keep(String name, PublicFormat<T> format, Supplier<T> compute) {
    Path file = file(name);
    try {
      if (!complete && !Files.exists(file)) {
        DurableFile.write(file, format.encode(compute.get()).bytes());
      }
      return format.decode(PublicValue.read(file));
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(file + " does not hold what its name says", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep a public value: " + e.getMessage(), e);
    }
  }

  @Override
  public <T> T keep(String name, PublicFormat<T> format, T earlier, Supplier<T> compute) {
    return complete && !Files.exists(file(name)) ? earlier : keep(name, format, compute);
  }

  private Path file(String name) {
    return folder.resolve(name + ".bin");
  }
}
