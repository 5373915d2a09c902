package org.quietune.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Small image files. */
final class ImageFixtures {
  private ImageFixtures() {}

  /** The bytes of an IDX file of images whose pixel i of image n is n·size + i, modulo 256. */
  static byte[] idxImages(int count, int height, int width) {
    ByteBuffer bytes = ByteBuffer.allocate(16 + count * height * width);
    bytes.putInt(0x0803).putInt(count).putInt(height).putInt(width);
    for (int i = 0; i < count * height * width; i++) {
      bytes.put((byte) i);
    }
    return bytes.array();
  }

  static byte[] idxLabels(int... labels) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + labels.length);
    bytes.putInt(0x0801).putInt(labels.length);
    for (int label : labels) {
      bytes.put((byte) label);
    }
    return bytes.array();
  }

  static DataFile idx(Path directory, String images, String labels) {
    return DataFile.of("idx:" + directory.resolve(images) + "," + directory.resolve(labels));
  }

  /** A picture whose gray sample or red part is {@code first + x + 10 y}. */
  static BufferedImage picture(int height, int width, int type, int first) {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int value = first + x + 10 * y;
        if (image.getRaster().getNumBands() == 1) {
          image.getRaster().setSample(x, y, 0, value);
        } else {
          image.setRGB(x, y, (value << 16) | ((value + 1) << 8) | (value + 2));
        }
      }
    }
    return image;
  }

  static byte[] encoded(BufferedImage image, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new AssertionError("no writer for " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static void write(Path file, byte[] bytes) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
