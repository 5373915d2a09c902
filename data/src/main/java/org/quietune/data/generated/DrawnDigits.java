package org.quietune.data.generated;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import org.quietune.data.Example;
import org.quietune.data.ImageShape;
import org.quietune.data.PublicTable;

/**
 * Digits drawn by a program, laid out like those of MNIST: 28 × 28 pixels, 0 for the background to
 * 255 for ink, within a box of 20 × 20 pixels and centered by mass. Nobody wrote them, so they are
 * public data to pretrain on.
 *
 * <p>A digit starts as one of a few pen-stroke skeletons ({@link DigitSkeletons}). Its points are
 * moved, its curve is bent by smooth waves, slanted, rotated and stretched ({@link DigitCurve}),
 * fitted to the box and drawn with a pen of random width and softness.
 *
 * <p>Image i of a seed is the same on every platform, whatever else is drawn. Safe for use by many
 * threads.
 */
public final class DrawnDigits {
  /** The extents of an image. */
  public static final ImageShape SHAPE = ImageShape.gray(28, 28);

  /** The file of images that {@link #write} makes. */
  public static final String IMAGES_FILE = "drawn-images-idx3-ubyte.gz";

  /** The file of labels. */
  public static final String LABELS_FILE = "drawn-labels-idx1-ubyte.gz";

  private static final int IMAGES_MAGIC = 0x0803;
  private static final int LABELS_MAGIC = 0x0801;
  private static final int CLASSES = 10;
  private static final double BOX = 20;

  private final List<List<DigitSkeletons.Variant>> skeletons = DigitSkeletons.all();
  private final long seed;

  /**
   * A sequence of digits without end.
   *
   * @param seed public: it guards nothing
   */
  public DrawnDigits(long seed) {
    this.seed = seed;
  }

  /**
   * Draws one digit.
   *
   * @param index of the image, from 0
   * @param pixels receives 784 bytes, row by row
   * @return the digit
   */
  public int draw(long index, byte[] pixels) {
    // Mixed, since SplitMix64 started at neighboring states repeats its neighbor's numbers.
    var random = new PublicDataGenerator(seed ^ new PublicDataGenerator(index).nextLong());
    int digit = random.below(CLASSES);
    double jitter = 0.026 * StrictMath.exp(0.35 * random.normal());
    DigitCurve curve = DigitCurve.through(variant(skeletons.get(digit), random), jitter, random);
    curve.bend(random);
    double penWidth = between(1.2, 2.5 * StrictMath.exp(0.33 * random.normal()), 6);
    double softness = 0.7 + 0.8 * random.uniform();
    double center = (SHAPE.width() - 1) / 2.0 + 0.5;
    curve.fit(BOX - penWidth, center + 0.4 * random.normal(), center + 0.4 * random.normal());
    double[] ink = new double[SHAPE.size()];
    curve.draw(ink, SHAPE.width(), penWidth / 2, softness);
    double strength = 255 * (0.92 + 0.25 * random.uniform());
    for (int i = 0; i < ink.length; i++) {
      pixels[i] = (byte) Math.round(Math.min(255, strength * ink[i]));
    }
    return digit;
  }

  private static DigitSkeletons.Variant variant(
      List<DigitSkeletons.Variant> variants, PublicDataGenerator random) {
    double total = variants.stream().mapToDouble(DigitSkeletons.Variant::weight).sum();
    double left = total * random.uniform();
    for (DigitSkeletons.Variant variant : variants) {
      left -= variant.weight();
      if (left < 0) {
        return variant;
      }
    }
    return variants.get(variants.size() - 1);
  }

  private static double between(double least, double value, double most) {
    return Math.max(least, Math.min(most, value));
  }

  /** The first {@code count} digits, in memory. */
  public PublicTable table(int count) {
    List<Example> rows = new ArrayList<>(count);
    byte[] pixels = new byte[SHAPE.size()];
    for (int i = 0; i < count; i++) {
      rows.add(example(i, pixels));
    }
    return PublicTable.ofImages(SHAPE, rows);
  }

  /**
   * One digit as a record.
   *
   * @param pixels overwritten
   */
  private Example example(int index, byte[] pixels) {
    int digit = draw(index, pixels);
    float[] values = new float[pixels.length];
    for (int j = 0; j < values.length; j++) {
      values[j] = pixels[j] & 0xff;
    }
    return new Example(values, digit);
  }

  /**
   * Writes the first {@code count} digits as two gzipped IDX files. The bytes that they unpack to
   * are the same everywhere.
   *
   * @param directory made if it is not there
   */
  public void write(Path directory, int count) throws IOException {
    write(directory, count, UnaryOperator.identity());
  }

  /**
   * Writes digits that are changed after they are drawn.
   *
   * @param change must leave values between 0 and 255
   */
  public void write(Path directory, int count, UnaryOperator<Example> change) throws IOException {
    Files.createDirectories(directory);
    try (DataOutputStream images = gzip(directory.resolve(IMAGES_FILE));
        DataOutputStream labels = gzip(directory.resolve(LABELS_FILE))) {
      images.writeInt(IMAGES_MAGIC);
      images.writeInt(count);
      images.writeInt(SHAPE.height());
      images.writeInt(SHAPE.width());
      labels.writeInt(LABELS_MAGIC);
      labels.writeInt(count);
      byte[] pixels = new byte[SHAPE.size()];
      for (int i = 0; i < count; i++) {
        Example changed = change.apply(example(i, pixels));
        for (int j = 0; j < pixels.length; j++) {
          pixels[j] = (byte) (int) changed.features()[j];
        }
        labels.write((int) changed.label());
        images.write(pixels);
      }
    }
  }

  /** What the files that {@link #write} makes are called on the command line. */
  public static String name(Path directory) {
    return "idx:" + directory.resolve(IMAGES_FILE) + "," + directory.resolve(LABELS_FILE);
  }

  private static DataOutputStream gzip(Path file) throws IOException {
    return new DataOutputStream(new GZIPOutputStream(Files.newOutputStream(file), 1 << 16));
  }
}
