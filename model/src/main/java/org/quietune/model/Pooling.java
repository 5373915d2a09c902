package org.quietune.model;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The largest entry or the mean of each window, for each image and channel. */
final class Pooling {
  private Pooling() {}

  /**
   * The largest entry; at a tie, the first takes the adjoint. NaN counts as largest, 0 as larger
   * than −0.
   */
  static final class Largest extends Operation {
    private final Windows windows;
    private final int planes;

    Largest(Value x, Windows windows, Value output) {
      super(output, x);
      this.windows = windows;
      this.planes = x.shape().product(0, 2);
    }

    @Override
    int scratch() {
      return planes * Math.max(windows.inputSize() + 1, windows.places());
    }

    @Override
    void forward(RowMemory memory) {
      double[] padded = memory.scratch();
      pad(memory.value(input(0)), padded);
      double[] y = memory.value(output());
      pick(padded, 0, y);
      double[] next = memory.moreScratch();
      for (int q = 1; q < windows.length(); q++) {
        pick(padded, q, next);
        for (int i = 0; i < y.length; i++) {
          y[i] = Math.max(y[i], next[i]);
        }
      }
    }

    /** Copies the planes, each with the entry that stands for the padding behind it. */
    private void pad(double[] x, double[] padded) {
      int size = windows.inputSize();
      for (int plane = 0; plane < planes; plane++) {
        int at = plane * (size + 1);
        System.arraycopy(x, plane * size, padded, at, size);
        padded[at + size] = Double.NEGATIVE_INFINITY;
      }
    }

    /** Writes entry q of every window. */
    private void pick(double[] padded, int q, double[] out) {
      int[] table = windows.table();
      int places = windows.places();
      for (int plane = 0; plane < planes; plane++) {
        int from = plane * (windows.inputSize() + 1);
        for (int p = 0; p < places; p++) {
          out[plane * places + p] = padded[from + table[q * places + p]];
        }
      }
    }

    @Override
    void backward(RowMemory memory) {
      double[] padded = memory.scratch();
      pad(memory.value(input(0)), padded);
      double[] y = memory.value(output());
      double[] g = memory.adjoint(output());
      double[] to = memory.adjoint(input(0));
      int offset = memory.adjointOffset(input(0));
      int size = windows.inputSize();
      int places = windows.places();
      for (int plane = 0; plane < planes; plane++) {
        for (int p = 0; p < places; p++) {
          int i = plane * places + p;
          int entry = first(padded, plane * (size + 1), p, y[i]);
          if (entry < size) {
            to[offset + plane * size + entry] += g[i];
          }
        }
      }
    }

    /** The first entry of a window that is its largest; the padding's when there is no other. */
    private int first(double[] padded, int from, int p, double largest) {
      int[] table = windows.table();
      int places = windows.places();
      int size = windows.inputSize();
      long wanted = Double.doubleToRawLongBits(largest);
      int chosen = size;
      // Without branches: which entry is largest cannot be foreseen.
      for (int i = table.length - places + p; i >= 0; i -= places) {
        int entry = table[i];
        long other = Double.doubleToRawLongBits(padded[from + entry]) ^ wanted;
        int differs = (int) ((other | -other) >> 63) | (size - 1 - entry) >> 31;
        chosen = entry ^ ((entry ^ chosen) & differs);
      }
      return chosen < size || !Double.isNaN(largest) ? chosen : firstInside(p);
    }

    private int firstInside(int p) {
      int entry = windows.inputSize();
      for (int i = p;
          i < windows.table().length && entry == windows.inputSize();
          i += windows.places()) {
        entry = windows.table()[i];
      }
      return entry;
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
            sum += table[i] == windows.inputSize() ? 0 : x[from + table[i]];
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
          if (table[i] < windows.inputSize()) {
            to[from + table[i]] += g[plane * places + i % places] / divisors[i % places];
          }
        }
      }
    }

    @Override
    Tensor tensor(TensorInputs in) {
      Tensor flat = TensorInputs.reshaped(in.get(0), planes, windows.inputSize());
      Tensor padded = TensorInputs.concatenated(2, flat, in.filled(flat.size(0), 0, planes, 1));
      int[] places = windows.table();
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
