package org.quietune.data.generated;

import org.quietune.data.Example;
import org.quietune.data.ImageShape;

/**
 * A rotation, scaling and shift of images about their center, the same for each channel. Between
 * pixels values are interpolated linearly in both directions, beyond the border they are 0, and
 * results are rounded to whole numbers, as pixels are stored.
 *
 * <p>StrictMath gives the same pixels on every platform.
 */
public final class ImageWarp {
  private static final double MOST_DEGREES = 10;
  private static final double MOST_SCALING = 0.1;
  private static final double MOST_SHIFT = 1.5;

  private final ImageShape shape;
  private final double cosine;
  private final double sine;
  private final double shiftX;
  private final double shiftY;

  /**
   * Takes output coordinates back to input coordinates.
   *
   * @param degrees counterclockwise, as the image is seen
   * @param scale over 1 enlarges
   */
  private ImageWarp(ImageShape shape, double degrees, double scale, double shiftX, double shiftY) {
    this.shape = shape;
    this.shiftX = shiftX;
    this.shiftY = shiftY;
    // A quarter turn is to move pixels exactly, which the sine of a rounded π does not.
    double quarters = degrees / 90;
    boolean whole = quarters == Math.rint(quarters);
    double angle = Math.toRadians(degrees);
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    this.cosine = (whole ? Math.rint(cos) : cos) / scale;
    this.sine = (whole ? Math.rint(sin) : sin) / scale;
  }

  /** Turns images counterclockwise, as they are seen. */
  public static ImageWarp rotation(ImageShape shape, double degrees) {
    return new ImageWarp(shape, degrees, 1, 0, 0);
  }

  /**
   * A mild random change that leaves an image what it is, to augment data: at most 10° either way,
   * a tenth larger or smaller, and 1.5 pixels along each axis, all uniform.
   *
   * @param seed public: it guards nothing
   * @param index tells images apart, so that each gets its own change
   */
  public static ImageWarp mild(ImageShape shape, long seed, long index) {
    var random = new PublicDataGenerator(seed ^ new PublicDataGenerator(index).nextLong());
    return new ImageWarp(
        shape,
        MOST_DEGREES * symmetric(random),
        1 + MOST_SCALING * symmetric(random),
        MOST_SHIFT * symmetric(random),
        MOST_SHIFT * symmetric(random));
  }

  private static double symmetric(PublicDataGenerator random) {
    return 2 * random.uniform() - 1;
  }

  /** The changed image with the same label. */
  public Example apply(Example image) {
    float[] in = image.features();
    if (in.length != shape.size()) {
      throw new IllegalArgumentException(
          "image must have " + shape.size() + " values, had " + in.length);
    }
    float[] out = new float[in.length];
    double centerX = (shape.width() - 1) / 2.0;
    double centerY = (shape.height() - 1) / 2.0;
    int area = shape.height() * shape.width();
    for (int y = 0; y < shape.height(); y++) {
      for (int x = 0; x < shape.width(); x++) {
        double dx = x - centerX - shiftX;
        double dy = y - centerY - shiftY;
        // Rows go down, so that this turns counterclockwise as the image is seen.
        double fromX = cosine * dx - sine * dy + centerX;
        double fromY = sine * dx + cosine * dy + centerY;
        for (int channel = 0; channel < in.length; channel += area) {
          out[channel + y * shape.width() + x] =
              (float) Math.rint(interpolated(in, channel, fromX, fromY));
        }
      }
    }
    return new Example(out, image.label());
  }

  private double interpolated(float[] in, int channel, double x, double y) {
    int left = (int) Math.floor(x);
    int top = (int) Math.floor(y);
    double right = x - left;
    double below = y - top;
    double upper =
        (1 - right) * pixel(in, channel, left, top) + right * pixel(in, channel, left + 1, top);
    double lower =
        (1 - right) * pixel(in, channel, left, top + 1)
            + right * pixel(in, channel, left + 1, top + 1);
    return (1 - below) * upper + below * lower;
  }

  private double pixel(float[] in, int channel, int x, int y) {
    boolean inside = x >= 0 && y >= 0 && x < shape.width() && y < shape.height();
    return inside ? in[channel + y * shape.width() + x] : 0;
  }
}
