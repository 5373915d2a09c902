package org.quietune.model;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The largest entry or the mean of each window, for each image and channel. */
final class Pooling {
  private Pooling() {}

  /** The largest entry; at a tie, the first takes the adjoint. NaN counts as largest. */
  static final class Largest extends Operation {
    private final Windows windows;
    private final int planes;

    Largest(Value x, Windows windows, Value output) {
      super(output, x);
      this.windows = windows;
      this.planes = x.shape().product(0, 2);
    }

    @Override
    void forward(RowMemory memory) {
      double[] x = memory.value(input(0));
      double[] y = memory.value(output());
      int places = windows.places();
      for (int plane = 0; plane < planes; plane++) {
        int from = plane * windows.inputSize();
        for (int p = 0; p < places; p++) {
          int best = best(x, from, p);
          y[plane * places + p] = best < 0 ? Double.NEGATIVE_INFINITY : x[from + best];
        }
      }
    }

    private int best(double[] x, int from, int p) {
      int[] table = windows.table();
      int places = windows.places();
      int best = -1;
      for (int i = p; i < table.length; i += places) {
        int entry = table[i];
        if (entry >= 0
            && (best < 0 || x[from + entry] > x[from + best] || Double.isNaN(x[from + entry]))) {
          best = entry;
        }
      }
      return best;
    }

    @Override
    void backward(RowMemory memory) {
      double[] x = memory.value(input(0));
      double[] g = memory.adjoint(output());
      double[] to = memory.adjoint(input(0));
      int offset = memory.adjointOffset(input(0));
      int places = windows.places();
      for (int plane = 0; plane < planes; plane++) {
        int from = plane * windows.inputSize();
        for (int p = 0; p < places; p++) {
          int best = best(x, from, p);
          if (best >= 0) {
            to[offset + from + best] += g[plane * places + p];
          }
        }
      }
    }

    @Override
    Tensor tensor(TensorInputs in) {
      Tensor x = in.get(0);
      int[] dims = input(0).shape().dims();
      long[] sizes = new long[dims.length];
      sizes[0] = x.size(0) * dims[0];
      for (int i = 1; i < dims.length; i++) {
        sizes[i] = dims[i];
      }
      Tensor padded =
          torch.constant_pad_nd(
              x.reshape(sizes), windows.paddingLong(), new Scalar(Double.NEGATIVE_INFINITY));
      long[] kernel = windows.kernelLong();
      long[] strides = windows.stridesLong();
      long[] none = new long[windows.axes()];
      long[] dilations = windows.dilationsLong();
      return in.shaped(
          switch (windows.axes()) {
            case 1 -> torch.max_pool1d(padded, kernel, strides, none, dilations, false);
            case 2 -> torch.max_pool2d(padded, kernel, strides, none, dilations, false);
            default -> torch.max_pool3d(padded, kernel, strides, none, dilations, false);
          });
    }
  }

  /**
   * The mean: the sum of a window's entries inside the input, over a number that each place has.
   */
  static final class Mean extends Operation {
    private final Windows windows;
    private final double[] divisors;
    private final int planes;

    Mean(Value x, Windows windows, double[] divisors, Value output) {
      super(output, x);
      this.windows = windows;
      this.divisors = divisors;
      this.planes = x.shape().product(0, 2);
    }

    @Override
    void forward(RowMemory memory) {
      double[] x = memory.value(input(0));
      double[] y = memory.value(output());
      int[] table = windows.table();
      int places = windows.places();
      for (int plane = 0; plane < planes; plane++) {
        int from = plane * windows.inputSize();
        for (int p = 0; p < places; p++) {
          double sum = 0;
          for (int i = p; i < table.length; i += places) {
            sum += table[i] < 0 ? 0 : x[from + table[i]];
          }
          y[plane * places + p] = sum / divisors[p];
        }
      }
    }

    @Override
    void backward(RowMemory memory) {
      double[] g = memory.adjoint(output());
      double[] to = memory.adjoint(input(0));
      int offset = memory.adjointOffset(input(0));
      int[] table = windows.table();
      int places = windows.places();
      for (int plane = 0; plane < planes; plane++) {
        int from = offset + plane * windows.inputSize();
        for (int i = 0; i < table.length; i++) {
          if (table[i] >= 0) {
            to[from + table[i]] += g[plane * places + i % places] / divisors[i % places];
          }
        }
      }
    }

    @Override
    Tensor tensor(TensorInputs in) {
      Tensor flat = TensorInputs.reshaped(in.get(0), planes, windows.inputSize());
      Tensor padded = TensorInputs.concatenated(2, flat, in.filled(flat.size(0), 0, planes, 1));
      int[] places = windows.table().clone();
      for (int i = 0; i < places.length; i++) {
        places[i] = places[i] < 0 ? windows.inputSize() : places[i];
      }
      Tensor sums =
          TensorInputs.reshaped(
                  padded.index_select(2, TensorInputs.indices(places)),
                  planes,
                  windows.length(),
                  windows.places())
              .sum(2);
      return in.shaped(sums.div(in.precision().tensor(divisors, divisors.length)));
    }
  }
}
