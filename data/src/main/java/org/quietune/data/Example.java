package org.quietune.data;

import java.util.Arrays;
import java.util.Objects;

/**
 * One record as the engine sees it.
 *
 * <p>The array is not copied: tables hand out the array they hold, and nobody may write to it.
 *
 * @param features values in the model's column order; NaN is a missing value, and a value beyond
 *     the range of {@code float} is an infinity
 * @param label class number, 0 to K−1, or the number to predict
 */
// An array, because a million rows of boxed values would not fit; equality is defined below.
@SuppressWarnings("ArrayRecordComponent")
public record Example(float[] features, double label) {
  public Example {
    Objects.requireNonNull(features, "features");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Example that
        && Double.compare(label, that.label) == 0
        && Arrays.equals(features, that.features);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(features) + Double.hashCode(label);
  }

  /** Says nothing about the values: an example may be a private record. */
  @Override
  public String toString() {
    return "Example[" + features.length + " features]";
  }
}
