package org.quietune.data.generated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.data.DataFile;
import org.quietune.data.PublicTable;

class DrawnDigitsTest {
  private static final int SIDE = 28;

  /** A golden value: the drawings are the same on every platform and JDK. */
  @Test
  void theFirstThousandAreTheSameEverywhere() {
    DrawnDigits digits = new DrawnDigits(1);
    CRC32 sum = new CRC32();
    byte[] pixels = new byte[SIDE * SIDE];
    for (int i = 0; i < 1000; i++) {
      sum.update(digits.draw(i, pixels));
      sum.update(pixels);
    }
    assertEquals(1_065_678_238L, sum.getValue());
  }

  @Test
  void anImageDependsOnSeedAndIndexAlone() {
    byte[] first = new byte[SIDE * SIDE];
    byte[] again = new byte[SIDE * SIDE];
    DrawnDigits digits = new DrawnDigits(3);
    int label = digits.draw(5, first);
    digits.draw(9, again);
    assertFalse(Arrays.equals(first, again));
    assertEquals(label, digits.draw(5, again));
    assertArrayEquals(first, again);
    new DrawnDigits(4).draw(5, again);
    assertFalse(Arrays.equals(first, again));
  }

  /** Every digit occurs about as often; five standard errors at a fixed seed. */
  @Test
  void digitsAreEquallyFrequent() {
    int n = 5000;
    int[] counts = new int[10];
    byte[] pixels = new byte[SIDE * SIDE];
    DrawnDigits digits = new DrawnDigits(2);
    for (int i = 0; i < n; i++) {
      counts[digits.draw(i, pixels)]++;
    }
    for (int count : counts) {
      assertEquals(n / 10.0, count, 5 * Math.sqrt(n * .09), Arrays.toString(counts));
    }
  }

  /** Ink within the box, about as much as in MNIST, its mass in the middle. */
  @Test
  void imagesAreLaidOutLikeMnist() {
    byte[] pixels = new byte[SIDE * SIDE];
    DrawnDigits digits = new DrawnDigits(1);
    double allInk = 0;
    int n = 2000;
    for (int i = 0; i < n; i++) {
      digits.draw(i, pixels);
      double ink = 0;
      double x = 0;
      double y = 0;
      for (int j = 0; j < pixels.length; j++) {
        double value = (pixels[j] & 0xff) / 255.0;
        ink += value;
        int row = j / SIDE;
        x += value * (j - row * SIDE);
        y += value * row;
      }
      assertTrue(ink > 10 && ink < 300, "ink " + ink);
      assertEquals(14, x / ink, 3);
      assertEquals(14, y / ink, 3);
      allInk += ink / n;
    }
    // MNIST has 103 pixels' worth of ink an image.
    assertEquals(103, allInk, 10);
  }

  @Test
  void writesIdxFiles(@TempDir Path dir) throws IOException {
    DrawnDigits digits = new DrawnDigits(8);
    digits.write(dir, 30);
    DataFile file = DataFile.of(DrawnDigits.name(dir));
    PublicTable read = PublicTable.read(file, "label", Set.of());
    PublicTable made = digits.table(30);
    assertEquals(made.rows(), read.rows());
    assertEquals(made.columns(), read.columns());
    assertEquals(made.images(), read.images());
  }

  @Test
  void writesChangedDigits(@TempDir Path dir) throws IOException {
    DrawnDigits digits = new DrawnDigits(8);
    ImageWarp turn = ImageWarp.rotation(DrawnDigits.SHAPE, 45);
    digits.write(dir, 5, turn::apply);
    PublicTable read = PublicTable.read(DataFile.of(DrawnDigits.name(dir)), "label", Set.of());
    assertEquals(digits.table(5).rows().stream().map(turn::apply).toList(), read.rows());
  }
}
