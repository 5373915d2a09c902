package org.quietune.model;

import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A convolution over any number of axes of space, as a product of the kernel with the matrix of all
 * windows: x [n, C, …], w [O, C / groups, …], y [n, O, …].
 */
final class Convolution extends Operation {
  private final Windows windows;
  private final int groups;
  private final int images;
  private final int channels;
  private final int filters;
  private final int depth;

  Convolution(Value x, Value w, Windows windows, int groups, Value output) {
    super(output, x, w);
    this.windows = windows;
    this.groups = groups;
    images = x.shape().dim(0);
    channels = x.shape().dim(1) / groups;
    filters = w.shape().dim(0) / groups;
    depth = channels * windows.length();
  }

  @Override
  boolean hasFactors(int input) {
    return input == 1 && input(0).perRecord();
  }

  @Override
  int scratch() {
    return Math.max(depth * windows.places(), windows.inputSize() + 1);
  }

  @Override
  void forward(RowMemory memory) {
    double[] x = memory.value(input(0));
    double[] w = memory.value(input(1));
    double[] y = memory.value(output());
    double[] columns = memory.scratch();
    int places = windows.places();
    Arrays.fill(y, 0);
    for (int part = 0; part < images * groups; part++) {
      fillColumns(x, part * channels * windows.inputSize(), memory.moreScratch(), columns);
      memory
          .kernels()
          .multiply(
              w,
              part % groups * filters * depth,
              columns,
              0,
              y,
              part * filters * places,
              filters,
              depth,
              places);
    }
  }

  /** The matrix of windows, one column for each: entry (channel, q) of all places side by side. */
  private void fillColumns(double[] x, int from, double[] plane, double[] out) {
    int[] table = windows.table();
    for (int channel = 0; channel < channels; channel++) {
      load(x, from + channel * windows.inputSize(), plane);
      int at = channel * table.length;
      for (int i = 0; i < table.length; i++) {
        out[at + i] = plane[table[i]];
      }
    }
  }

  /** Its transpose, one row for each window. */
  private void fillRows(double[] x, int from, double[] plane, double[] out) {
    int[] table = windows.tableByPlace();
    int length = windows.length();
    for (int channel = 0; channel < channels; channel++) {
      load(x, from + channel * windows.inputSize(), plane);
      for (int i = 0; i < table.length; i += length) {
        int at = i * channels + channel * length;
        for (int q = 0; q < length; q++) {
          out[at + q] = plane[table[i + q]];
        }
      }
    }
  }

  /** One channel with the entry that stands for the padding behind it. */
  private void load(double[] x, int from, double[] plane) {
    System.arraycopy(x, from, plane, 0, windows.inputSize());
    plane[windows.inputSize()] = 0;
  }

  @Override
  void backward(RowMemory memory) {
    double[] g = memory.adjoint(output());
    double[] x = memory.value(input(0));
    double[] w = memory.value(input(1));
    int places = windows.places();
    for (int part = 0; part < images * groups; part++) {
      int atG = part * filters * places;
      int atW = part % groups * filters * depth;
      int atX = part * channels * windows.inputSize();
      if (input(1).trained()) {
        double[] rows = memory.scratch();
        fillRows(x, atX, memory.moreScratch(), rows);
        TensorSink sink = memory.sink(input(1));
        if (sink != null) {
          sink.add(g, atG, true, rows, 0, places, part % groups * filters, filters);
        } else {
          double[] to = memory.adjoint(input(1));
          int target = memory.adjointOffset(input(1)) + atW;
          memory.kernels().multiply(g, atG, rows, 0, to, target, filters, places, depth);
        }
      }
      if (input(0).trained()) {
        // By rows, which are longer than columns where there are many channels and few places.
        double[] rows = memory.moreScratch();
        Arrays.fill(rows, 0, depth * places, 0);
        memory.kernels().multiplyTransposed(g, atG, w, atW, rows, 0, filters, places, depth);
        scatter(
            rows, memory.scratch(), memory.adjoint(input(0)), memory.adjointOffset(input(0)) + atX);
      }
    }
  }

  /** Adds each window's entries where they came from. */
  private void scatter(double[] rows, double[] plane, double[] to, int from) {
    int[] table = windows.tableByPlace();
    int length = windows.length();
    for (int channel = 0; channel < channels; channel++) {
      int target = from + channel * windows.inputSize();
      load(to, target, plane);
      for (int i = 0; i < table.length; i += length) {
        int at = i * channels + channel * length;
        for (int q = 0; q < length; q++) {
          plane[table[i + q]] += rows[at + q];
        }
      }
      System.arraycopy(plane, 0, to, target, windows.inputSize());
    }
  }

  @Override
  Tensor tensor(TensorInputs in) {
    Tensor x = in.get(0);
    Tensor w = in.get(1);
    long records = Math.max(x.size(0), w.size(0));
    int[] space = Arrays.copyOfRange(input(0).shape().dims(), 2, input(0).shape().rank());
    if (w.size(0) == 1) {
      return in.shaped(convolve(merge(x, space, 1), w.squeeze(0), groups));
    }
    // A kernel per record: the records become groups.
    Tensor many = x.size(0) == records ? x : x.expand(sizes(records, input(0).shape().dims()));
    Tensor turned = many.transpose(0, 1);
    int[] kernel = input(1).shape().dims();
    long[] kernels = sizes(0, kernel);
    kernels[0] = -1;
    long[] flat = Arrays.copyOfRange(kernels, 1, kernels.length);
    flat[0] = records * kernel[0];
    Tensor y = convolve(merge(turned, space, records), w.reshape(flat), (int) records * groups);
    int[] result = Arrays.copyOfRange(output().shape().dims(), 1, output().shape().rank());
    long[] split = new long[result.length + 2];
    split[0] = images;
    split[1] = records;
    for (int i = 0; i < result.length; i++) {
      split[i + 2] = result[i];
    }
    return in.shaped(y.reshape(split).transpose(0, 1));
  }

  /** Joins the two leading axes with the images, or with the channels of as many records. */
  private Tensor merge(Tensor x, int[] space, long records) {
    long[] sizes = new long[space.length + 2];
    sizes[0] = records == 1 ? x.size(0) * x.size(1) : x.size(0);
    sizes[1] = records * channels * groups;
    for (int i = 0; i < space.length; i++) {
      sizes[i + 2] = space[i];
    }
    return x.reshape(sizes);
  }

  private static long[] sizes(long records, int[] dims) {
    long[] sizes = new long[dims.length + 1];
    sizes[0] = records;
    for (int i = 0; i < dims.length; i++) {
      sizes[i + 1] = dims[i];
    }
    return sizes;
  }

  private Tensor convolve(Tensor x, Tensor w, int parts) {
    Tensor padded = torch.constant_pad_nd(x, windows.paddingLong(), new Scalar(0.0));
    long[] none = new long[windows.axes()];
    return torch.convolution(
        padded,
        w,
        new TensorOptional(),
        windows.stridesLong(),
        none,
        windows.dilationsLong(),
        false,
        none,
        parts);
  }
}
