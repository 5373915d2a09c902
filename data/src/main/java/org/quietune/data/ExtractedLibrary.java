package org.quietune.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The native library that DuckDB's driver copies to the folder for temporary files, once in each
 * process, and that the driver deletes when the process ends in an orderly way. A killed process
 * would leave its 70 MB behind.
 *
 * <p>On Linux a file that is mapped can be deleted at once: the mapping stays until the process
 * ends, however it does. {@code /proc/self/maps} names the file of this process, so no other
 * process loses its own. Elsewhere nothing is done.
 */
final class ExtractedLibrary {
  private static final Path MAPS = Path.of("/proc/self/maps");
  private static final String NAME = "libduckdb_java";

  private ExtractedLibrary() {}

  /** Deletes this process's copy, once it is loaded; a second call finds nothing to do. */
  static void delete() {
    try {
      if (Files.isReadable(MAPS)) {
        for (Path file : mapped(Files.readAllLines(MAPS))) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      // Nothing is lost but space, until the process ends: then the driver deletes it.
      return;
    }
  }

  /** The copies that the lines of a process's map name. */
  static List<Path> mapped(List<String> lines) {
    return lines.stream()
        .filter(line -> line.indexOf('/') >= 0)
        .map(line -> Path.of(line.substring(line.indexOf('/'))))
        .filter(file -> String.valueOf(file.getFileName()).matches(NAME + "\\d+\\.so"))
        .distinct()
        .toList();
  }
}
