package org.quietune.model;

import java.util.Arrays;
import java.util.Map;

/** Convolutions and poolings. */
final class WindowOperators {
  private WindowOperators() {}

  static Map<String, Lowering> all() {
    return Map.of(
        "Conv", Lowering.single(WindowOperators::conv),
        "MaxPool", Lowering.single(WindowOperators::maxPool),
        "AveragePool", Lowering.single(WindowOperators::averagePool),
        "GlobalAveragePool", Lowering.single((node, to) -> global(Reduction.Kind.MEAN, node, to)),
        "GlobalMaxPool", Lowering.single((node, to) -> global(Reduction.Kind.MAX, node, to)));
  }

  private static Value conv(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    Value w = node.input(1);
    int[] kernel = Arrays.copyOfRange(w.shape().dims(), 2, w.shape().rank());
    Plan plan = Plan.of(node, x, node.integers("kernel_shape", kernel));
    Value y = to.convolution(x, w, plan.windows(), (int) node.integer("group", 1));
    if (!node.has(2)) {
      return y;
    }
    int[] dims = new int[kernel.length + 1];
    Arrays.fill(dims, 1);
    dims[0] = w.shape().dim(0);
    return to.add(y, to.reshape(node.input(2), Shape.fixed(dims)));
  }

  private static Value maxPool(OnnxNode node, ProgramBuilder to) {
    return to.largest(node.input(0), Plan.of(node, node.input(0), kernel(node)).windows());
  }

  private static Value averagePool(OnnxNode node, ProgramBuilder to) {
    Plan plan = Plan.of(node, node.input(0), kernel(node));
    boolean includesPadding = node.flag("count_include_pad", false);
    int[] counts = includesPadding ? plan.paddedCounts() : plan.windows().counts();
    double[] divisors = Arrays.stream(counts).asDoubleStream().toArray();
    return to.mean(node.input(0), plan.windows(), divisors);
  }

  private static int[] kernel(OnnxNode node) {
    int[] kernel = node.integers("kernel_shape");
    if (kernel == null) {
      throw new IllegalArgumentException("kernel_shape is missing");
    }
    return kernel;
  }

  private static Value global(Reduction.Kind kind, OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    int[] axes = new int[Math.max(0, x.shape().rank() - 2)];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i + 2;
    }
    return to.reduce(kind, x, axes, true);
  }

  /**
   * Where the windows of a node lie.
   *
   * @param windows over the entries of the input
   * @param padded the same windows over the input with its padding
   */
  private record Plan(Windows windows, Windows padded) {
    static Plan of(OnnxNode node, Value x, int[] kernel) {
      int axes = kernel.length;
      Shape shape = x.shape();
      if (shape.rank() != axes + 2) {
        throw new IllegalArgumentException("a window over " + axes + " axes does not fit " + shape);
      }
      int[] space = Arrays.copyOfRange(shape.dims(), 2, axes + 2);
      int[] ones = new int[axes];
      Arrays.fill(ones, 1);
      int[] strides = node.integers("strides", ones);
      int[] dilations = node.integers("dilations", ones);
      int[] pads = node.integers("pads", new int[2 * axes]);
      String autoPad = node.text("auto_pad", "NOTSET");
      boolean ceil = node.flag("ceil_mode", false);
      int[] before = new int[axes];
      int[] whole = new int[axes];
      int[] output = new int[axes];
      for (int axis = 0; axis < axes; axis++) {
        int extent = Math.addExact(Math.multiplyExact(kernel[axis] - 1, dilations[axis]), 1);
        if (kernel[axis] < 1 || strides[axis] < 1 || dilations[axis] < 1) {
          throw new IllegalArgumentException("a window without extent, stride or dilation");
        }
        int after;
        switch (autoPad) {
          case "SAME_UPPER", "SAME_LOWER" -> {
            output[axis] = (space[axis] + strides[axis] - 1) / strides[axis];
            int total = Math.max(0, (output[axis] - 1) * strides[axis] + extent - space[axis]);
            before[axis] = autoPad.equals("SAME_UPPER") ? total / 2 : total - total / 2;
            after = total - before[axis];
          }
          case "VALID" -> after = 0;
          case "NOTSET" -> {
            before[axis] = pads[axis];
            after = pads[axes + axis];
          }
          default -> throw new IllegalArgumentException("auto_pad " + autoPad);
        }
        whole[axis] = space[axis] + before[axis] + after;
        int room = whole[axis] - extent;
        if (room < 0 || before[axis] < 0 || after < 0) {
          throw new IllegalArgumentException("a window does not fit " + shape);
        }
        if (output[axis] == 0) {
          output[axis] = (ceil ? room + strides[axis] - 1 : room) / strides[axis] + 1;
          // The last window must start inside the input or the padding before it.
          if (ceil && (output[axis] - 1) * strides[axis] >= space[axis] + before[axis]) {
            output[axis]--;
          }
        }
      }
      return new Plan(
          new Windows(space, kernel, strides, dilations, before, output),
          new Windows(whole, kernel, strides, dilations, new int[axes], output));
    }

    int[] paddedCounts() {
      return padded.counts();
    }
  }
}
