package org.quietune.model;

import java.util.Arrays;

/**
 * Records as a model reads them: {@code size} rows of {@code width} raw input columns, and a label
 * per row.
 *
 * <p>Features may hold NaN (missing) and infinities: the preprocessing inside the model file deals
 * with them. A label is the class index, 0 to K − 1. A label outside that range never throws here
 * or in {@link Network}: it makes the row's loss and gradient NaN.
 *
 * <p>The arrays are held, not copied; the caller must not change them while the batch is in use.
 *
 * @param size number of rows, at least 1
 * @param width number of input columns, at least 1
 * @param features row-major, size × width values
 * @param labels one class index per row
 */
@SuppressWarnings("ArrayRecordComponent") // bulk numbers, shared on purpose
public record Batch(int size, int width, float[] features, double[] labels) {
  public Batch {
    if (size < 1) {
      throw new IllegalArgumentException("size must be at least 1, was " + size);
    }
    if (width < 1) {
      throw new IllegalArgumentException("width must be at least 1, was " + width);
    }
    if (features.length != (long) size * width) {
      throw new IllegalArgumentException(
          "features must hold size × width = "
              + (long) size * width
              + " values, held "
              + features.length);
    }
    if (labels.length != size) {
      throw new IllegalArgumentException(
          "labels must hold " + size + " values, held " + labels.length);
    }
  }

  /** Copies rows {@code from} (inclusive) to {@code to} (exclusive). */
  public Batch slice(int from, int to) {
    if (from < 0 || to > size || from >= to) {
      throw new IllegalArgumentException(
          "rows must satisfy 0 ≤ from < to ≤ " + size + ", were " + from + ", " + to);
    }
    return new Batch(
        to - from,
        width,
        Arrays.copyOfRange(features, from * width, to * width),
        Arrays.copyOfRange(labels, from, to));
  }

  /**
   * Copies the rows at positions {@code from} (inclusive) to {@code to} (exclusive) of {@code
   * order}.
   */
  Batch select(int[] order, int from, int to) {
    float[] chosen = new float[(to - from) * width];
    double[] chosenLabels = new double[to - from];
    for (int i = from; i < to; i++) {
      System.arraycopy(features, order[i] * width, chosen, (i - from) * width, width);
      chosenLabels[i - from] = labels[order[i]];
    }
    return new Batch(to - from, width, chosen, chosenLabels);
  }
}
