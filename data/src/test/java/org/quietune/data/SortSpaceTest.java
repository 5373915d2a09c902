package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SortSpaceTest {
  private static SortSpace of(int records, int unitLength) {
    SortSpace space = new SortSpace(1);
    for (int i = 0; i < records; i++) {
      space.count("u".repeat(unitLength));
    }
    return space;
  }

  @Test
  void smallSortsWriteNothing() {
    assertEquals(0, of(1_000, 10).bytes());
  }

  /** What a run of this length takes on disk, to the byte. */
  @Test
  void countsWhatIsWritten(@TempDir Path dir) throws IOException {
    SortedRun.Entry entry = new SortedRun.Entry(new byte[20_000], new float[1], 0);
    Path file = dir.resolve("run");
    try (SortedRun run = SortedRun.of(Stream.generate(() -> entry).limit(1_000).toList())) {
      RunFile.write(file, run, 1);
    }
    assertEquals(Files.size(file), of(1_000, 20_000).bytes());
  }

  @Test
  void countsRunsThatLieBesideTheirMerger() {
    assertEquals(2 * RunFile.bytes(1_000_000, 1) * 1_100, of(1_100, 1_000_000).bytes());
  }

  @Test
  void refusesADiskThatIsTooSmall() {
    SortSpace space = of(1_000, 20_000);
    space.requireFree("a.csv", Path.of("tmp"), space.bytes());
    assertEquals(
        "sorting a.csv writes 20 MB to tmp, where 19 MB are free: have -Djava.io.tmpdir"
            + " name another folder",
        assertThrows(
                InvalidDataException.class,
                () -> space.requireFree("a.csv", Path.of("tmp"), space.bytes() - 1))
            .getMessage());
  }
}
