package org.quietune.model;

/**
 * The sizes of a convolutional network: convolution to {@code firstFilters} channels (8 × 8, stride
 * 2, padding 2), to {@code secondFilters} (4 × 4, stride 2), each followed by tanh and a pooling (2
 * × 2, stride 1), then {@code hidden} units with tanh. After Papernot et al. (2020).
 *
 * @param channels of the images
 * @param height of the images; the number of columns tells their width
 * @param firstFilters channels after the first convolution
 * @param secondFilters channels after the second
 * @param hidden units of the last hidden layer
 */
public record ConvolutionalShape(
    int channels, int height, int firstFilters, int secondFilters, int hidden) {
  private static final int MOST_UNITS = 1 << 16;

  public ConvolutionalShape {
    requireUsable("channels", channels);
    requireUsable("height", height);
    requireUsable("firstFilters", firstFilters);
    requireUsable("secondFilters", secondFilters);
    requireUsable("hidden", hidden);
  }

  /** 16 and 32 filters, 32 hidden units: 26,010 parameters for 28 × 28 gray digits. */
  public static ConvolutionalShape small(int channels, int height) {
    return new ConvolutionalShape(channels, height, 16, 32, 32);
  }

  private static void requireUsable(String name, int value) {
    if (value < 1 || value > MOST_UNITS) {
      throw new IllegalArgumentException(
          name + " must be from 1 to " + MOST_UNITS + ", was " + value);
    }
  }
}
