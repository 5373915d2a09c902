package org.quietune.model;

import java.util.Arrays;

/**
 * The windows that a convolution or a pooling moves over the axes of space: for each place of the
 * output and each place inside the window, the entry of the input, or the number of entries in the
 * padding, as if there were one entry more.
 */
final class Windows {
  private final int[] input;
  private final int[] kernel;
  private final int[] strides;
  private final int[] dilations;
  private final int[] before;
  private final int[] output;
  private final int[] table;
  private final int[] byPlace;
  private final int places;
  private final int length;
  private final int inputSize;

  /**
   * @param input extents
   * @param kernel extents of the window
   * @param strides steps of the window
   * @param dilations steps inside the window
   * @param before padding before the first entry of each axis
   * @param output number of windows along each axis
   */
  Windows(int[] input, int[] kernel, int[] strides, int[] dilations, int[] before, int[] output) {
    this.input = input;
    this.kernel = kernel;
    this.strides = strides;
    this.dilations = dilations;
    this.before = before;
    this.output = output;
    places = Shape.fixed(output).size();
    length = Shape.fixed(kernel).size();
    inputSize = Shape.fixed(input).size();
    if ((long) places * length > 1 << 26) {
      throw new IllegalArgumentException("windows of too many entries");
    }
    table = new int[length * places];
    byPlace = new int[length * places];
    int[] q = new int[kernel.length];
    for (int i = 0; i < length; i++) {
      int[] p = new int[output.length];
      for (int j = 0; j < places; j++) {
        table[i * places + j] = entry(p, q);
        byPlace[j * length + i] = table[i * places + j];
        increment(p, output);
      }
      increment(q, kernel);
    }
  }

  private int entry(int[] place, int[] inside) {
    int entry = 0;
    for (int axis = 0; axis < input.length; axis++) {
      int at = place[axis] * strides[axis] - before[axis] + inside[axis] * dilations[axis];
      if (at < 0 || at >= input[axis]) {
        return inputSize;
      }
      entry = entry * input[axis] + at;
    }
    return entry;
  }

  static void increment(int[] counter, int[] extents) {
    for (int axis = counter.length - 1; axis >= 0; axis--) {
      counter[axis]++;
      if (counter[axis] < extents[axis]) {
        return;
      }
      counter[axis] = 0;
    }
  }

  /** Entry of the input at place q of the window and place p of the output: [q · places + p]. */
  int[] table() {
    return table;
  }

  /** The same entries in another order: [p · length + q]. */
  int[] tableByPlace() {
    return byPlace;
  }

  /** Number of places of the output. */
  int places() {
    return places;
  }

  /** Number of entries of a window. */
  int length() {
    return length;
  }

  /** Number of entries of the input. */
  int inputSize() {
    return inputSize;
  }

  int[] output() {
    return output.clone();
  }

  int axes() {
    return input.length;
  }

  long[] kernelLong() {
    return wide(kernel);
  }

  long[] stridesLong() {
    return wide(strides);
  }

  long[] dilationsLong() {
    return wide(dilations);
  }

  /**
   * What must be added on either side of the axes, last axis first as libtorch counts, so that the
   * windows fit without padding; negative where entries are left over.
   */
  long[] paddingLong() {
    long[] padding = new long[2 * input.length];
    for (int axis = 0; axis < input.length; axis++) {
      int at = 2 * (input.length - 1 - axis);
      int needed = (output[axis] - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1;
      padding[at] = before[axis];
      padding[at + 1] = (long) needed - input[axis] - before[axis];
    }
    return padding;
  }

  /** For each place, how many entries of its window lie inside the input. */
  int[] counts() {
    int[] counts = new int[places()];
    for (int i = 0; i < table.length; i++) {
      counts[i % counts.length] += table[i] < inputSize ? 1 : 0;
    }
    return counts;
  }

  private static long[] wide(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }
}
