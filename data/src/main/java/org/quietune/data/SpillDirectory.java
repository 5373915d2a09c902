package org.quietune.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A directory that only this user can read, for what a sort of private records cannot keep in
 * memory. It is deleted with everything in it on {@link #close}, and at the latest when the JVM
 * ends in order.
 */
final class SpillDirectory implements AutoCloseable {
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> OPEN.forEach(SpillDirectory::delete), "quietune-spill-cleanup"));
  }

  private final Path path;

  private SpillDirectory(Path path) {
    this.path = path;
  }

  static SpillDirectory create() {
    try {
      // The JDK makes it readable by its owner alone where the file system knows owners.
      Path path = Files.createTempDirectory("quietune-spill-");
      OPEN.add(path);
      return new SpillDirectory(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a temporary directory for sorting", e);
    }
  }

  Path path() {
    return path;
  }

  /** Those of this process that have not been deleted. */
  static Set<Path> open() {
    return Set.copyOf(OPEN);
  }

  @Override
  public void close() {
    delete(path);
    OPEN.remove(path);
  }

  private static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> entries = Files.walk(directory)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(entry);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + directory, e);
    }
  }
}
