package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quietune.release.InsecureAccess;
import org.quietune.release.PrivateRecords;

/**
 * The peak of resident memory, natives included, does not depend on the number of private records:
 * the check of a data set and a pass over it add nothing to the peak of those over a smaller one.
 * Runs in a process of its own, whose Java heap is resident from the start and could not hold the
 * difference.
 */
class StreamMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final List<String> FEATURES = List.of("a", "b", "c", "d", "e", "f", "g", "h");

  /** Less than half of what the larger data set has more; allocators grow in steps. */
  private static final long ALLOWED_KIB = 28 << 10;

  /** What the broken twin keeps of the records that the larger data set has more. */
  private static final long LEAK_KIB = 3 * ALLOWED_KIB;

  /** Rows of a Parquet file that have to be read together: a share of the smaller file. */
  private static final int ROW_GROUP = 20_480;

  private final Path dir;

  StreamMemoryTest(@TempDir Path dir) {
    this.dir = dir;
  }

  /** Data, how many records a smaller and a larger set have, and how long units' names are. */
  enum Data {
    CSV(400_000, 1_200_000, 0),
    /** With a cell that DuckDB has to decide. */
    CSV_BY_DUCKDB(400_000, 1_200_000, 0),
    PARQUET(400_000, 1_600_000, 0),
    /** The smaller set, too, is more than a sort keeps in memory. */
    CSV_BY_UNIT(60_000, 260_000, 400),
    PARQUET_BY_UNIT(60_000, 260_000, 400),
    IMAGES(500, 4_000, 0);

    final int few;
    final int many;
    final int unitLength;

    Data(int few, int many, int unitLength) {
      this.few = few;
      this.many = many;
      this.unitLength = unitLength;
    }
  }

  /** The comparison must be able to fail: the twin keeps a little of each record. */
  @ParameterizedTest
  @EnumSource
  void thePeakDoesNotDependOnTheNumberOfRecords(Data data) throws Exception {
    assumeTrue(Files.isReadable(STATUS), "the system does not tell resident memory");
    String few = write(data, data.few);
    String many = write(data, data.many);
    String output =
        OwnProcess.output(
            List.of(
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-XX:MaxDirectMemorySize=256m",
                "-XX:+UseSerialGC"),
            Alone.class,
            data.name(),
            few,
            many);
    String[] lines = output.strip().split("\n", -1);
    String[] grown = lines[lines.length - 1].split(" ", -1);
    System.out.printf(
        "%s: peak %s KiB higher for %d than for %d records; of the twin %s KiB%n",
        data, grown[0], data.many, data.few, grown[1]);
    assertTrue(Long.parseLong(grown[0]) < ALLOWED_KIB, output);
    assertTrue(Long.parseLong(grown[1]) > ALLOWED_KIB, output);
  }

  private String write(Data data, int rows) throws IOException {
    return switch (data) {
      case CSV, CSV_BY_DUCKDB, CSV_BY_UNIT -> csv(data, rows).toString();
      case PARQUET, PARQUET_BY_UNIT -> parquet(data, rows).toString();
      case IMAGES -> images(rows).toString();
    };
  }

  private Path csv(Data data, int rows) throws IOException {
    Path file = dir.resolve(rows + ".csv");
    String unit = "u".repeat(data.unitLength);
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("id,y," + String.join(",", FEATURES) + "\n");
      StringBuilder row = new StringBuilder();
      for (long i = 0; i < rows; i++) {
        row.setLength(0);
        row.append(unit).append(i * 7919 % (rows / 3)).append(',').append(i % 2);
        for (int j = 0; j < FEATURES.size(); j++) {
          row.append(i == 0 && data == Data.CSV_BY_DUCKDB ? ", " : ",");
          row.append(1_000_000 + i * (31 + j) % 1_000_003).append(".25");
        }
        out.append(row).append('\n');
      }
    }
    return file;
  }

  private Path parquet(Data data, int rows) {
    StringBuilder query = new StringBuilder("SELECT ");
    query.append("repeat('u', ").append(data.unitLength).append(") || (range * 7919 % ");
    query.append(rows / 3).append(") AS id, range % 2 AS y");
    for (int j = 0; j < FEATURES.size(); j++) {
      query.append(", hash(range + ").append(j).append(")::DOUBLE AS ").append(FEATURES.get(j));
    }
    query.append(" FROM range(").append(rows).append(")");
    return Fixtures.parquet(dir, rows + ".parquet", query.toString(), ROW_GROUP);
  }

  private Path images(int count) {
    byte[] png =
        ImageFixtures.encoded(
            ImageFixtures.picture(20, 20, BufferedImage.TYPE_BYTE_GRAY, 0), "png");
    Path folder = dir.resolve(Integer.toString(count));
    for (int i = 0; i < count; i++) {
      ImageFixtures.write(folder.resolve(i % 2 + "/" + i + ".png"), png);
    }
    return folder;
  }

  /**
   * Runs in the process of its own; prints by how many KiB the peak grew, without and with leak.
   */
  static final class Alone {
    private final Data data;
    private final List<ByteBuffer> kept = new ArrayList<>();

    private Alone(Data data) {
      this.data = data;
    }

    public static void main(String[] args) throws IOException {
      Alone alone = new Alone(Data.valueOf(args[0]));
      for (int warmup = 0; warmup < 3; warmup++) {
        alone.pass(args[1], alone.data.few, false);
      }
      long before = peakKib();
      alone.pass(args[2], alone.data.many, false);
      long after = peakKib();
      alone.pass(args[2], alone.data.many, true);
      System.out.println((after - before) + " " + (peakKib() - after));
    }

    private void pass(String spec, int rows, boolean leaks) {
      DataFile file = DataFile.of(spec);
      PrivateRecords<Example> sealed =
          PrivateTable.seal(
              file,
              file.images().isPresent() ? file.images().get().columns() : FEATURES,
              file.labelColumn().orElse("y"),
              data.unitLength == 0 ? Optional.empty() : Optional.of("id"),
              LabelDomain.classes(2));
      int piece = Math.toIntExact((LEAK_KIB << 10) / 1_000);
      int row = 0;
      try (PrivateRecords.Cursor<Example> cursor =
          sealed.openWithoutPrivacy(InsecureAccess.forPublishedDataOnly()).open()) {
        while (cursor.advance()) {
          if (leaks && row % ((data.many - data.few) / 1_000) == 0) {
            ByteBuffer leaked = ByteBuffer.allocateDirect(piece);
            for (int i = 0; i < piece; i += 1024) {
              leaked.put(i, (byte) 1);
            }
            kept.add(leaked);
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
