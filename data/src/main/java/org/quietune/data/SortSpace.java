package org.quietune.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Counts what a {@link UnitSort} will write, so that a disk that is too small is found before
 * anything is spent, and not in the middle of a pass.
 */
final class SortSpace {
  private final int width;
  private long inMemory;
  private long onDisk;

  /**
   * Counts nothing yet.
   *
   * @param width features of each record
   */
  SortSpace(int width) {
    this.width = width;
  }

  void count(String unit) {
    int unitBytes = unit.getBytes(StandardCharsets.UTF_8).length;
    inMemory += SortedRun.Entry.bytes(unitBytes, width);
    onDisk += RunFile.bytes(unitBytes, width);
  }

  /** Bytes that have to be free; 0 where nothing is written. */
  long bytes() {
    if (inMemory <= UnitSort.MEMORY) {
      return 0;
    }
    // Runs that are merged into fewer lie beside the result for a while.
    return inMemory < UnitSort.MEMORY * (UnitSort.FAN_IN - 1) ? onDisk : 2 * onDisk;
  }

  /**
   * Looks at the disk of the temporary files.
   *
   * @param name of the data, for the message
   * @throws InvalidDataException if it is too small
   */
  void requireFree(String name) {
    long needed = bytes();
    if (needed == 0) {
      return;
    }
    Path directory = Path.of(System.getProperty("java.io.tmpdir", "."));
    try {
      requireFree(name, directory, Files.getFileStore(directory).getUsableSpace());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at " + directory, e);
    }
  }

  void requireFree(String name, Path directory, long free) {
    if (free < bytes()) {
      throw new InvalidDataException(
          "sorting %s writes %d MB to %s, where %d MB are free: have -Djava.io.tmpdir name another folder"
              .formatted(name, (bytes() >> 20) + 1, directory, free >> 20));
    }
  }
}
