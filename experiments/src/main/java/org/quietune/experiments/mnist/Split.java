package org.quietune.experiments.mnist;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;

/** Public, private and test images of a part. An image is the privacy unit. */
final class Split {
  private static final long DRAW = 1;

  private final PublicTable publicImages;
  private final int[] closed;
  private final IntFunction<Example> image;
  private final List<Example> test;

  /**
   * A split.
   *
   * @param closed indices of the training images that may be private
   * @param image makes the private image of an index
   */
  Split(PublicTable publicImages, int[] closed, IntFunction<Example> image, List<Example> test) {
    this.publicImages = publicImages;
    this.closed = closed.clone();
    this.image = image;
    this.test = test;
  }

  PublicTable publicImages() {
    return publicImages;
  }

  List<Example> test() {
    return test;
  }

  /**
   * The indices of {@code units} private images among the training images, drawn at random once and
   * for all; fewer are among more. The file alternates between two groups of writers, one harder to
   * read than the other, so that evenly spaced images would often come from one group alone.
   */
  int[] privateIndices(int units) {
    if (units < 1 || units > closed.length) {
      throw new IllegalArgumentException(
          "units must lie between 1 and " + closed.length + ": " + units);
    }
    return IntStream.of(PublicOrder.of(closed, DRAW)).limit(units).sorted().toArray();
  }

  List<Example> privateImages(int units) {
    return IntStream.of(privateIndices(units)).mapToObj(image).toList();
  }
}
