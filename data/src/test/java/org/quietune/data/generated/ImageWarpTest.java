package org.quietune.data.generated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.quietune.data.Example;
import org.quietune.data.ImageShape;

class ImageWarpTest {
  private static final ImageShape SMALL = ImageShape.gray(3, 3);
  private static final Example DIGITS = new Example(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 5);

  private static float[] rotated(double degrees) {
    return ImageWarp.rotation(SMALL, degrees).apply(DIGITS).features();
  }

  @Test
  void aQuarterTurnMovesPixelsCounterclockwise() {
    assertArrayEquals(new float[] {3, 6, 9, 2, 5, 8, 1, 4, 7}, rotated(90));
    assertArrayEquals(new float[] {9, 8, 7, 6, 5, 4, 3, 2, 1}, rotated(180));
    assertArrayEquals(new float[] {7, 4, 1, 8, 5, 2, 9, 6, 3}, rotated(-90));
    assertArrayEquals(DIGITS.features(), rotated(0));
    assertEquals(5, ImageWarp.rotation(SMALL, 90).apply(DIGITS).label());
  }

  /** An image of even side turns about the point between its pixels. */
  @Test
  void aQuarterTurnIsExactOnEvenSides() {
    ImageShape shape = ImageShape.gray(28, 28);
    byte[] drawn = new byte[shape.size()];
    new DrawnDigits(1).draw(0, drawn);
    float[] in = new float[drawn.length];
    float[] expected = new float[drawn.length];
    for (int i = 0; i < in.length; i++) {
      in[i] = drawn[i] & 0xff;
    }
    for (int y = 0; y < 28; y++) {
      for (int x = 0; x < 28; x++) {
        expected[y * 28 + x] = in[x * 28 + 27 - y];
      }
    }
    assertArrayEquals(expected, ImageWarp.rotation(shape, 90).apply(new Example(in, 0)).features());
  }

  /**
   * By hand: output (0, 1), above the center, comes from (1 + √½, 1 − √½) as (x, y), so from 2, 3,
   * 5 and 6 with weights √½ to the right and 1 − √½ down; the corner (0, 0) comes from (1, 1 − √2),
   * which lies √2 − 1 above the image.
   */
  @Test
  void anEighthOfATurnInterpolates() {
    double h = Math.sqrt(0.5);
    double top = (1 - h) * 20 + h * 30;
    double bottom = (1 - h) * 50 + h * 60;
    Example tens = new Example(new float[] {10, 20, 30, 40, 50, 60, 70, 80, 90}, 0);
    float[] out = ImageWarp.rotation(SMALL, 45).apply(tens).features();
    assertEquals((float) Math.rint(h * top + (1 - h) * bottom), out[1]);
    assertEquals((float) Math.rint((2 - Math.sqrt(2)) * 20), out[0]);
    assertEquals(50, out[4]);
  }

  @Test
  void everyIndexHasItsOwnMildChange() {
    ImageShape shape = ImageShape.gray(28, 28);
    Example image = new DrawnDigits(1).table(1).row(0);
    Example first = ImageWarp.mild(shape, 1, 0).apply(image);
    assertEquals(first, ImageWarp.mild(shape, 1, 0).apply(image));
    assertNotEquals(first, ImageWarp.mild(shape, 1, 1).apply(image));
    assertNotEquals(first, ImageWarp.mild(shape, 2, 0).apply(image));
    assertNotEquals(first, image);
    double before = sum(image);
    assertEquals(before, sum(first), 0.3 * before);
  }

  private static double sum(Example image) {
    double sum = 0;
    for (float value : image.features()) {
      sum += value;
    }
    return sum;
  }

  @Test
  void channelsMoveTogether() {
    float[] planes = new float[27];
    for (int i = 0; i < 27; i++) {
      planes[i] = DIGITS.features()[i % 9] + 100 * (i / 9);
    }
    float[] out =
        ImageWarp.rotation(new ImageShape(3, 3, 3), 90).apply(new Example(planes, 1)).features();
    float[] gray = rotated(90);
    for (int i = 0; i < 27; i++) {
      assertEquals(gray[i % 9] + 100 * (i / 9), out[i]);
    }
  }

  @Test
  void refusesWhatItCannotTurn() {
    assertThrows(
        IllegalArgumentException.class,
        () -> ImageWarp.rotation(ImageShape.gray(2, 2), 45).apply(DIGITS));
  }
}
