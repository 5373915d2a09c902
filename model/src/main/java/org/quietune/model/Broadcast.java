package org.quietune.model;

import java.util.Arrays;

/**
 * How several inputs of smaller shapes are read while an output of the common shape is filled in
 * order: {@link #rows} stretches of {@link #length} neighbors, within which each input advances by
 * 0 or 1.
 */
final class Broadcast {
  private final int rows;
  private final int length;
  private final int[][] starts;
  private final int[] steps;

  Broadcast(Shape output, Shape... inputs) {
    int rank = output.rank();
    int[][] strides = new int[inputs.length][];
    for (int k = 0; k < inputs.length; k++) {
      Shape padded = inputs[k].padded(rank);
      strides[k] = padded.strides();
      for (int axis = 0; axis < rank; axis++) {
        if (padded.dim(axis) == 1) {
          strides[k][axis] = 0;
        }
      }
    }
    // The longest run of last axes that every input reads either as neighbors or as one entry.
    int from = rank;
    int run = 1;
    int[] step = new int[inputs.length];
    Arrays.fill(step, -1);
    while (from > 0 && lengthens(step, strides, from - 1, run, output.dim(from - 1))) {
      from--;
      run *= output.dim(from);
    }
    length = run;
    rows = output.product(0, from);
    steps = new int[inputs.length];
    starts = new int[inputs.length][rows];
    for (int k = 0; k < inputs.length; k++) {
      steps[k] = Math.max(step[k], 0);
      for (int row = 0; row < rows; row++) {
        int rest = row;
        for (int axis = from - 1; axis >= 0; axis--) {
          starts[k][row] += rest % output.dim(axis) * strides[k][axis];
          rest /= output.dim(axis);
        }
      }
    }
  }

  /** Whether an axis continues the run of neighbors for all inputs; notes their steps. */
  private static boolean lengthens(int[] step, int[][] strides, int axis, int run, int extent) {
    if (extent == 1) {
      return true;
    }
    for (int k = 0; k < step.length; k++) {
      int stride = strides[k][axis];
      boolean fits = step[k] == 0 ? stride == 0 : step[k] == 1 ? stride == run : true;
      if (!fits) {
        return false;
      }
    }
    for (int k = 0; k < step.length; k++) {
      step[k] = strides[k][axis] == 0 ? 0 : 1;
    }
    return true;
  }

  int rows() {
    return rows;
  }

  int length() {
    return length;
  }

  /** Where input k starts in a row. */
  int start(int k, int row) {
    return starts[k][row];
  }

  /** By how much input k advances from one entry of a row to the next. */
  int step(int k) {
    return steps[k];
  }
}
