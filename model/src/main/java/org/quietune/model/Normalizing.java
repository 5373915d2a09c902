package org.quietune.model;

import org.bytedeco.pytorch.Tensor;

/** Softmax or its logarithm over the middle one of three groups of axes. */
final class Normalizing extends Operation {
  private final boolean logarithm;
  private final int outer;
  private final int count;
  private final int inner;

  /**
   * @param from first axis over which entries sum to 1
   * @param to axis after the last
   */
  Normalizing(boolean logarithm, Value x, int from, int to, Value output) {
    super(output, x);
    this.logarithm = logarithm;
    outer = x.shape().product(0, from);
    count = x.shape().product(from, to);
    inner = x.shape().product(to, x.shape().rank());
  }

  @Override
  void forward(RowMemory memory) {
    double[] x = memory.value(input(0));
    double[] y = memory.value(output());
    int end = count * inner;
    for (int i = 0; i < outer * inner; i++) {
      int at = i / inner * end + i % inner;
      double largest = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < end; j += inner) {
        largest = Math.max(largest, x[at + j]);
      }
      double sum = 0;
      for (int j = 0; j < end; j += inner) {
        double e = StrictMath.exp(x[at + j] - largest);
        y[at + j] = e;
        sum += e;
      }
      double normalizer = largest + StrictMath.log(sum);
      for (int j = 0; j < end; j += inner) {
        y[at + j] = logarithm ? x[at + j] - normalizer : y[at + j] / sum;
      }
    }
  }

  @Override
  void backward(RowMemory memory) {
    double[] y = memory.value(output());
    double[] g = memory.adjoint(output());
    double[] to = memory.adjoint(input(0));
    int offset = memory.adjointOffset(input(0));
    int end = count * inner;
    for (int i = 0; i < outer * inner; i++) {
      int at = i / inner * end + i % inner;
      double sum = 0;
      for (int j = 0; j < end; j += inner) {
        sum += logarithm ? g[at + j] : g[at + j] * y[at + j];
      }
      for (int j = 0; j < end; j += inner) {
        to[offset + at + j] +=
            logarithm ? g[at + j] - StrictMath.exp(y[at + j]) * sum : y[at + j] * (g[at + j] - sum);
      }
    }
  }

  @Override
  Tensor tensor(TensorInputs in) {
    Tensor x = TensorInputs.reshaped(in.get(0), outer, count, inner);
    return in.shaped(logarithm ? x.log_softmax(2) : x.softmax(2));
  }
}
