package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quietune.release.InsecureAccess;
import org.quietune.release.PrivateRecords;

/**
 * The peak of resident memory, natives included, does not depend on the number of private records:
 * a pass over a file adds nothing to the peak of one over a third of it. Runs in a process of its
 * own, whose Java heap is resident from the start.
 */
class StreamMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int ROWS = 1_200_000;
  private static final int FEWER = ROWS / 3;
  private static final List<String> FEATURES = List.of("a", "b", "c", "d", "e", "f", "g", "h");

  /** Less than half of what the larger file has more; allocators grow in steps. */
  private static final long ALLOWED_KIB = 28 << 10;

  /** Bytes of a record that the broken twin keeps. */
  private static final int LEAK = 64;

  private final Path dir;

  StreamMemoryTest(@TempDir Path dir) {
    this.dir = dir;
  }

  /** How the records are passed over. */
  enum Passes {
    /** As the door does. */
    STREAMED,
    /** The broken twin: keeps a little of each record outside of the heap. */
    LEAKING
  }

  @ParameterizedTest
  @EnumSource(names = "STREAMED")
  void thePeakDoesNotDependOnTheNumberOfRecords(Passes passes) throws Exception {
    assertTrue(grownKib(passes) < ALLOWED_KIB);
  }

  /** The comparison must be able to fail. */
  @Test
  void aLeakIsSeen() throws Exception {
    assertTrue(grownKib(Passes.LEAKING) > ALLOWED_KIB);
  }

  private long grownKib(Passes passes) throws Exception {
    assumeTrue(Files.isReadable(STATUS), "the system does not tell resident memory");
    Path few = write(FEWER);
    Path many = write(ROWS);
    assertTrue(Files.size(many) - Files.size(few) > 2 * (ALLOWED_KIB << 10));
    String output =
        OwnProcess.output(
            List.of(
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-XX:MaxDirectMemorySize=256m",
                "-XX:+UseSerialGC"),
            Alone.class,
            passes.name(),
            few.toString(),
            many.toString());
    String[] lines = output.strip().split("\n", -1);
    long grown = Long.parseLong(lines[lines.length - 1]);
    System.out.println(passes + ": peak " + grown + " KiB higher for three times the records");
    return grown;
  }

  private Path write(int rows) throws IOException {
    Path file = dir.resolve(rows + ".csv");
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("y," + String.join(",", FEATURES) + "\n");
      StringBuilder row = new StringBuilder();
      for (long i = 0; i < rows; i++) {
        row.setLength(0);
        row.append(i % 2);
        for (int j = 0; j < FEATURES.size(); j++) {
          row.append(',').append(1_000_000 + i * (31 + j) % 1_000_003).append(".25");
        }
        out.append(row).append('\n');
      }
    }
    return file;
  }

  /** Runs in the process of its own; prints by how many KiB the peak grew. */
  static final class Alone {
    private static final int RECORDS_PER_BUFFER = 1024;

    private final boolean leaks;
    private final List<ByteBuffer> kept = new ArrayList<>();

    private Alone(boolean leaks) {
      this.leaks = leaks;
    }

    public static void main(String[] args) throws IOException {
      Alone alone = new Alone(args[0].equals(Passes.LEAKING.name()));
      for (int warmup = 0; warmup < 3; warmup++) {
        alone.pass(args[1], FEWER);
      }
      long before = peakKib();
      alone.pass(args[2], ROWS);
      System.out.println(peakKib() - before);
    }

    private void pass(String file, int rows) {
      PrivateRecords<Example> sealed =
          PrivateTable.seal(
              DataFile.of(file), FEATURES, "y", Optional.empty(), LabelDomain.classes(2));
      int row = 0;
      try (PrivateRecords.Cursor<Example> cursor =
          sealed.openWithoutPrivacy(InsecureAccess.forPublishedDataOnly()).open()) {
        while (cursor.advance()) {
          if (leaks && row % RECORDS_PER_BUFFER == 0) {
            ByteBuffer piece = ByteBuffer.allocateDirect(RECORDS_PER_BUFFER * LEAK);
            for (int i = 0; i < piece.capacity(); i++) {
              piece.put(i, (byte) 1);
            }
            kept.add(piece);
          }
          row++;
        }
      }
      assertEquals(rows, row);
    }

    private static long peakKib() throws IOException {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
      throw new IOException("no VmHWM in " + STATUS);
    }
  }
}
