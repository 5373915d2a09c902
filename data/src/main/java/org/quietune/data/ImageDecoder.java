package org.quietune.data;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Decodes PNG and JPEG files to values from 0 to 255. The extents are read and checked before the
 * pixels are, so that a small file that claims to be huge costs nothing.
 */
final class ImageDecoder {
  /** No image of {@link ImageShape}'s largest size needs more. */
  private static final long MOST_BYTES = 1L << 26;

  private ImageDecoder() {}

  /** A decoded image: channel by channel, row by row. */
  @SuppressWarnings("ArrayRecordComponent") // bulk numbers, used at once
  record Decoded(ImageShape shape, float[] values) {}

  /**
   * Decodes a file.
   *
   * @param expected the shape that it must have, gray images serving as color ones too; null for
   *     any
   * @throws InvalidDataException naming the file, if it is no such image
   */
  static Decoded decode(String name, Path path, @Nullable ImageShape expected) {
    byte[] bytes = bytes(name, path);
    ImageReader reader = reader(name, bytes);
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      int height = reader.getHeight(0);
      int width = reader.getWidth(0);
      if (!ImageShape.isUsable(3, height, width)) {
        throw new InvalidDataException(
            "%s: an image of %d × %d pixels is too large".formatted(name, height, width));
      }
      if (expected != null && (height != expected.height() || width != expected.width())) {
        throw new InvalidDataException(
            "%s has %d × %d pixels, but the first image has %d × %d: all must have one size"
                .formatted(name, height, width, expected.height(), expected.width()));
      }
      return values(name, reader.read(0), expected);
    } catch (InvalidDataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The codecs answer damaged files with many kinds of exception.
      throw new InvalidDataException(name + " is damaged: it cannot be decoded", e);
    } finally {
      reader.dispose();
    }
  }

  private static byte[] bytes(String name, Path path) {
    try {
      if (Files.size(path) > MOST_BYTES) {
        throw new InvalidDataException(name + " is too large for an image");
      }
      return Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      throw FileStamp.changed(name);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }

  /** By the first bytes; other formats that Java may know are not tried. */
  private static ImageReader reader(String name, byte[] bytes) {
    String format =
        startsWith(bytes, 0x89, 'P', 'N', 'G')
            ? "png"
            : startsWith(bytes, 0xff, 0xd8, 0xff) ? "jpeg" : "";
    if (format.isEmpty()) {
      throw new InvalidDataException(name + " is neither PNG nor JPEG");
    }
    return ImageIO.getImageReadersByFormatName(format).next();
  }

  private static boolean startsWith(byte[] bytes, int... start) {
    for (int i = 0; i < start.length; i++) {
      if (i >= bytes.length || (bytes[i] & 0xff) != start[i]) {
        return false;
      }
    }
    return true;
  }

  private static Decoded values(String name, BufferedImage image, @Nullable ImageShape expected) {
    ColorModel colors = image.getColorModel();
    if (colors.hasAlpha()) {
      throw new InvalidDataException(name + " has a transparent layer: save it without");
    }
    boolean gray = isGray(colors);
    int channels = expected == null ? gray ? 1 : 3 : expected.channels();
    if (!gray && channels == 1) {
      throw new InvalidDataException(name + " is in color, but the first image is gray");
    }
    ImageShape shape = new ImageShape(channels, image.getHeight(), image.getWidth());
    float[] out = new float[shape.size()];
    int area = shape.height() * shape.width();
    Raster raster = image.getRaster();
    for (int y = 0; y < shape.height(); y++) {
      for (int x = 0; x < shape.width(); x++) {
        int rgb = gray ? 0 : image.getRGB(x, y);
        for (int c = 0; c < channels; c++) {
          out[c * area + y * shape.width() + x] =
              gray ? gray(colors, raster, x, y) : (rgb >> (16 - 8 * c)) & 0xff;
        }
      }
    }
    return new Decoded(shape, out);
  }

  private static boolean isGray(ColorModel colors) {
    if (colors instanceof IndexColorModel palette) {
      for (int i = 0; i < palette.getMapSize(); i++) {
        if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) {
          return false;
        }
      }
      return true;
    }
    return colors.getNumComponents() == 1;
  }

  /** The stored sample: going by {@code getRGB}, Java would bend a gray scale by its gamma. */
  private static float gray(ColorModel colors, Raster raster, int x, int y) {
    int sample = raster.getSample(x, y, 0);
    if (colors instanceof IndexColorModel palette) {
      return palette.getRed(sample);
    }
    return colors.getComponentSize(0) == 16 ? sample / 257f : sample;
  }
}
