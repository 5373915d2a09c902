package org.quietune.data;

import java.awt.image.BufferedImage;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.release.InsecureAccess;
import org.quietune.release.PrivateRecords;

/** A million records, or the names of all images, pass through a heap that cannot hold them. */
@Tag("slow")
class StreamingTest {
  private static final int ROWS = 1_000_000;
  private static final int UNITS = 300_000;
  private static final int IMAGES = 300_000;
  private static final List<String> FEATURES = features();

  private final Path dir;

  StreamingTest(@TempDir Path dir) {
    this.dir = dir;
  }

  private static List<String> features() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      names.add("f" + i);
    }
    return List.copyOf(names);
  }

  @Test
  void memoryDoesNotGrowWithTheRows() throws Exception {
    Path file = dir.resolve("million.csv");
    write(file);
    System.out.print(OwnProcess.output(List.of("-Xmx48m"), Passes.class, file.toString()));
  }

  @Test
  void memoryDoesNotGrowWithTheImages() throws Exception {
    byte[] png =
        ImageFixtures.encoded(ImageFixtures.picture(1, 1, BufferedImage.TYPE_BYTE_GRAY, 0), "png");
    Path file = dir;
    for (int i = 0; i < IMAGES; i++) {
      Path image = dir.resolve(i % 2 + "/" + "n".repeat(100) + i + ".png");
      // Few file systems let one file have more links.
      if (i % 20_000 < 2) {
        ImageFixtures.write(image, png);
        file = image;
      } else {
        Files.createLink(image, file);
      }
    }
    System.out.print(OwnProcess.output(List.of("-Xmx40m"), Images.class, dir.toString()));
  }

  private static void write(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("id,y," + String.join(",", FEATURES) + "\n");
      StringBuilder row = new StringBuilder();
      for (long i = 0; i < ROWS; i++) {
        row.setLength(0);
        row.append("patient-").append(i * 7919 % UNITS).append(',').append(i % 2);
        row.append(',').append(i);
        for (int j = 1; j < FEATURES.size(); j++) {
          row.append(',').append(i * (31 + j) % 1_000_003 / 997.0f);
        }
        out.append(row).append('\n');
      }
    }
  }

  /** Runs in the small heap. */
  static final class Passes {
    private Passes() {}

    public static void main(String[] args) {
      long start = System.nanoTime();
      DataFile file = DataFile.of(args[0]);
      LabelDomain binary = LabelDomain.classes(2);
      PrivateRecords<Example> single =
          PrivateTable.seal(file, FEATURES, "y", Optional.empty(), binary);
      long sealed = System.nanoTime();
      int row = 0;
      try (PrivateRecords.Cursor<Example> cursor = open(single)) {
        while (cursor.advance()) {
          if (cursor.record().features()[0] != row || cursor.record().label() != row % 2) {
            throw new AssertionError("row " + row + " is out of order");
          }
          row++;
        }
      }
      long passed = System.nanoTime();
      PrivateRecords<Example> grouped =
          PrivateTable.seal(file, FEATURES, "y", Optional.of("id"), binary);
      long sealedAgain = System.nanoTime();
      boolean[] closed = new boolean[UNITS];
      int units = 0;
      int unit = -1;
      try (PrivateRecords.Cursor<Example> cursor = open(grouped)) {
        while (cursor.advance()) {
          long record = (long) cursor.record().features()[0];
          int of = (int) (record * 7919 % UNITS);
          if (cursor.startsUnit()) {
            units++;
            if (unit >= 0) {
              closed[unit] = true;
            }
            unit = of;
          }
          if (of != unit || closed[of]) {
            throw new AssertionError("unit " + of + " is torn apart");
          }
        }
      }
      long end = System.nanoTime();
      if (row != ROWS || units != UNITS) {
        throw new AssertionError(row + " rows, " + units + " units");
      }
      System.out.printf(
          "1,000,000 rows x 20: check %.1f s, pass %.1f s; check %.1f s, pass by unit %.1f s%n",
          (sealed - start) / 1e9,
          (passed - sealed) / 1e9,
          (sealedAgain - passed) / 1e9,
          (end - sealedAgain) / 1e9);
    }
  }

  private static PrivateRecords.Cursor<Example> open(PrivateRecords<Example> sealed) {
    return sealed.openWithoutPrivacy(InsecureAccess.forPublishedDataOnly()).open();
  }

  /** Runs in the small heap. */
  static final class Images {
    private Images() {}

    public static void main(String[] args) {
      DataFile file = DataFile.of(args[0]);
      long start = System.nanoTime();
      PrivateRecords<Example> sealed =
          PrivateTable.seal(
              file,
              file.images().orElseThrow().columns(),
              file.labelColumn().orElseThrow(),
              Optional.empty(),
              LabelDomain.classes(2));
      long checked = System.nanoTime();
      int ones = 0;
      int images = 0;
      try (PrivateRecords.Cursor<Example> cursor = open(sealed)) {
        while (cursor.advance()) {
          images++;
          ones += (int) cursor.record().label();
        }
      }
      if (images != IMAGES || ones != IMAGES / 2) {
        throw new AssertionError(images + " images, " + ones + " of class 1");
      }
      System.out.printf(
          "%,d images: check %.1f s, pass %.1f s%n",
          images, (checked - start) / 1e9, (System.nanoTime() - checked) / 1e9);
    }
  }
}
