package org.quietune.model;

import org.bytedeco.pytorch.Tensor;

/** Sums, means, extremes or products over some axes, taken in the order of the entries. */
final class Reduction extends Operation {
  /** What is taken. */
  enum Kind {
    SUM,
    MEAN,
    MAX,
    MIN,
    PROD
  }

  private final Kind kind;
  private final int[] axes;
  private final int[] table;
  private final int count;

  /**
   * @param axes in ascending order
   */
  Reduction(Kind kind, Value x, int[] axes, Value output) {
    super(output, x);
    this.kind = kind;
    this.axes = axes;
    Shape shape = x.shape();
    boolean[] reduced = new boolean[shape.rank()];
    int entries = 1;
    for (int axis : axes) {
      reduced[axis] = true;
      entries *= shape.dim(axis);
    }
    count = entries;
    table = new int[shape.size()];
    int[] filled = new int[output.size()];
    int[] index = new int[shape.rank()];
    for (int i = 0; i < shape.size(); i++) {
      int to = 0;
      for (int axis = 0; axis < index.length; axis++) {
        to = reduced[axis] ? to : to * shape.dim(axis) + index[axis];
      }
      table[to * count + filled[to]++] = i;
      Windows.increment(index, shape.dims());
    }
  }

  @Override
  void forward(RowMemory memory) {
    double[] x = memory.value(input(0));
    double[] y = memory.value(output());
    for (int i = 0; i < y.length; i++) {
      double result = start();
      for (int j = i * count; j < (i + 1) * count; j++) {
        result = combine(result, x[table[j]]);
      }
      y[i] = kind == Kind.MEAN ? result / count : result;
    }
  }

  private double start() {
    return switch (kind) {
      case SUM, MEAN -> 0;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
      case PROD -> 1;
    };
  }

  private double combine(double a, double b) {
    return switch (kind) {
      case SUM, MEAN -> a + b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      case PROD -> a * b;
    };
  }

  @Override
  void backward(RowMemory memory) {
    double[] x = memory.value(input(0));
    double[] y = memory.value(output());
    double[] g = memory.adjoint(output());
    double[] to = memory.adjoint(input(0));
    int at = memory.adjointOffset(input(0));
    for (int i = 0; i < y.length; i++) {
      int ties = 0;
      for (int j = i * count; j < (i + 1) * count; j++) {
        ties += x[table[j]] == y[i] ? 1 : 0;
      }
      for (int j = i * count; j < (i + 1) * count; j++) {
        to[at + table[j]] +=
            switch (kind) {
              case SUM -> g[i];
              case MEAN -> g[i] / count;
              case MAX, MIN -> x[table[j]] == y[i] ? g[i] / ties : 0;
              case PROD -> g[i] * productOfOthers(x, i * count, j);
            };
      }
    }
  }

  private double productOfOthers(double[] x, int from, int one) {
    double product = 1;
    for (int j = from; j < from + count; j++) {
      product *= j == one ? 1 : x[table[j]];
    }
    return product;
  }

  @Override
  Tensor tensor(TensorInputs in) {
    Tensor x = in.get(0);
    long[] places = new long[axes.length];
    for (int i = 0; i < axes.length; i++) {
      places[i] = axes[i] + 1L;
    }
    return in.shaped(
        switch (kind) {
          case SUM -> places.length == 0 ? x : x.sum(places);
          case MEAN -> places.length == 0 ? x : x.mean(places);
          case MAX -> places.length == 0 ? x : x.amax(places, false);
          case MIN -> places.length == 0 ? x : x.amin(places, false);
          case PROD -> product(x, places);
        });
  }

  private static Tensor product(Tensor x, long[] places) {
    Tensor y = x;
    for (int i = places.length - 1; i >= 0; i--) {
      y = y.prod(places[i]);
    }
    return y;
  }
}
