package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnitSortTest {
  private static final int ROWS = 3_000;

  /** Made records: feature 0 is the place in the file, feature 1 a value of every kind. */
  private static final class Made implements RowReader {
    private int row = -1;

    static String unit(int row) {
      return List.of("a", "b", "é", "a b", "ab", "\uD83D\uDE00", "z".repeat(3_000)).get(row % 7)
          + row * 31 % 97;
    }

    @Override
    public boolean advance() {
      return ++row < ROWS;
    }

    @Override
    public float[] features() {
      return new float[] {row, row % 5 == 0 ? Float.NaN : -row / 3f};
    }

    @Override
    public double label() {
      return row / 7.0;
    }

    @Override
    public @Nullable String unit() {
      return unit(row);
    }

    @Override
    public void requireValid(LabelDomain labels) {}

    @Override
    public void close() {}
  }

  private static List<Integer> expected() {
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      rows.add(i);
    }
    // Bytes of UTF-8 are in the order of code points, which Java's own order of text is not.
    rows.sort(
        Comparator.comparing(
            Made::unit,
            (a, b) -> Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray())));
    return rows;
  }

  /** In memory; in a few runs; in so many that runs are merged into runs twice. */
  @ParameterizedTest
  @ValueSource(longs = {UnitSort.MEMORY, 100_000, 300, 1})
  void sortsByUnitAndKeepsTheOrderWithinOne(long memory) throws IOException {
    Set<Path> before = SpillDirectory.open();
    List<Path> left = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    try (RowReader sorted = UnitSort.sorted(new Made(), 2, memory)) {
      while (sorted.advance()) {
        int row = (int) sorted.features()[0];
        assertEquals(Made.unit(row), sorted.unit());
        assertEquals(row / 7.0, sorted.label());
        assertArrayEquals(
            new float[] {row, row % 5 == 0 ? Float.NaN : -row / 3f}, sorted.features());
        rows.add(row);
      }
      assertFalse(sorted.advance());
      Set<Path> during = new HashSet<>(SpillDirectory.open());
      during.removeAll(before);
      left.addAll(during);
      assertEquals(memory < UnitSort.MEMORY ? 1 : 0, during.size());
      for (Path directory : during) {
        assertEquals(
            "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
        try (Stream<Path> files = Files.list(directory)) {
          assertTrue(files.count() <= 64);
        }
      }
    }
    assertEquals(expected(), rows);
    assertEquals(before, SpillDirectory.open());
    assertTrue(left.stream().noneMatch(Files::exists));
  }

  @Test
  void deletesWhatItWroteWhenReadingFails() {
    Set<Path> before = SpillDirectory.open();
    RowReader failing =
        new RowReader() {
          private final Made made = new Made();

          @Override
          public boolean advance() {
            if (made.row == ROWS / 2) {
              throw new InvalidDataException("broken off");
            }
            return made.advance();
          }

          @Override
          public float[] features() {
            return made.features();
          }

          @Override
          public double label() {
            return made.label();
          }

          @Override
          public @Nullable String unit() {
            return made.unit();
          }

          @Override
          public void requireValid(LabelDomain labels) {}

          @Override
          public void close() {}
        };
    assertThrows(InvalidDataException.class, () -> UnitSort.sorted(failing, 2, 10_000));
    assertEquals(before, SpillDirectory.open());
  }

  @Test
  void saysInOneLineThatItsFilesAreGone() throws IOException {
    Set<Path> before = SpillDirectory.open();
    try (RowReader sorted = UnitSort.sorted(new Made(), 2, 500_000)) {
      Set<Path> during = new HashSet<>(SpillDirectory.open());
      during.removeAll(before);
      for (Path directory : during) {
        try (Stream<Path> files = Files.list(directory)) {
          for (Path file : files.toList()) {
            Files.write(file, new byte[0]);
          }
        }
      }
      UncheckedIOException failure =
          assertThrows(
              UncheckedIOException.class,
              () -> {
                while (sorted.advance()) {
                  sorted.features();
                }
              });
      assertEquals(
          "the temporary files of a sort by unit cannot be used: cut off", failure.getMessage());
    }
  }
}
