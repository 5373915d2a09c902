package org.quietune.accounting;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Reads files of golden values: fields apart by blanks, comments after #. */
final class GoldenValues {

  private GoldenValues() {}

  static List<String[]> read(String file) {
    try (InputStream stream =
        Objects.requireNonNull(GoldenValues.class.getResourceAsStream(file), file)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", -1))
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
