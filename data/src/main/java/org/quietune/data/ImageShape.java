package org.quietune.data;

import java.util.ArrayList;
import java.util.List;

/**
 * The extents of images.
 *
 * @param channels 1 for gray, 3 for red, green, blue
 * @param height rows of pixels
 * @param width pixels of a row
 */
public record ImageShape(int channels, int height, int width) {
  /** Most values of an image: what one record may take of the memory. */
  private static final int MOST_VALUES = 1 << 20;

  public ImageShape {
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException("channels must be 1 or 3: " + channels);
    }
    if (!isUsable(channels, height, width)) {
      throw new IllegalArgumentException(
          "height and width must be positive, and at most " + MOST_VALUES + " values together");
    }
  }

  /** A gray image. */
  public static ImageShape gray(int height, int width) {
    return new ImageShape(1, height, width);
  }

  static boolean isUsable(int channels, long height, long width) {
    return height > 0
        && width > 0
        && height <= MOST_VALUES
        && width <= MOST_VALUES
        && channels * height * width <= MOST_VALUES;
  }

  /** Number of values: channels × height × width. */
  public int size() {
    return channels * height * width;
  }

  /**
   * A name for each value, channel by channel and row by row. The names hold the extents, so that a
   * model of one size never takes images of another.
   */
  public List<String> columns() {
    List<String> names = new ArrayList<>(size());
    String prefix = (channels == 1 ? "" : channels + "x") + height + "x" + width + " pixel ";
    for (int c = 0; c < channels; c++) {
      String channel = channels == 1 ? "" : c + ",";
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          names.add(prefix + channel + y + "," + x);
        }
      }
    }
    return names;
  }

  /** For people: {@code "28 × 28 pixels"}. */
  @Override
  public String toString() {
    return height + " × " + width + " pixels" + (channels == 1 ? "" : " in color");
  }
}
