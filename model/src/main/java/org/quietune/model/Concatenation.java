package org.quietune.model;

import org.bytedeco.pytorch.Tensor;

/** Values one after the other along an axis. */
final class Concatenation extends Operation {
  private final int axis;
  private final int outer;
  private final int stretch;

  Concatenation(int axis, Value output, Value... parts) {
    super(output, parts);
    this.axis = axis;
    this.outer = output.shape().product(0, axis);
    this.stretch = output.shape().product(axis, output.shape().rank());
  }

  @Override
  void forward(RowMemory memory) {
    double[] y = memory.value(output());
    int at = 0;
    for (int k = 0; k < inputs().size(); k++) {
      double[] x = memory.value(input(k));
      int length = length(k);
      for (int row = 0; row < outer; row++) {
        System.arraycopy(x, row * length, y, row * stretch + at, length);
      }
      at += length;
    }
  }

  @Override
  void backward(RowMemory memory) {
    double[] g = memory.adjoint(output());
    int at = 0;
    for (int k = 0; k < inputs().size(); k++) {
      int length = length(k);
      if (input(k).trained()) {
        double[] to = memory.adjoint(input(k));
        int offset = memory.adjointOffset(input(k));
        for (int row = 0; row < outer; row++) {
          int target = offset + row * length;
          memory.kernels().add(to, target, g, row * stretch + at, to, target, length);
        }
      }
      at += length;
    }
  }

  private int length(int part) {
    return input(part).shape().product(axis, input(part).shape().rank());
  }

  @Override
  Tensor tensor(TensorInputs in) {
    long records = in.tensors().stream().mapToLong(tensor -> tensor.size(0)).max().orElse(1);
    Tensor[] parts = new Tensor[inputs().size()];
    for (int k = 0; k < parts.length; k++) {
      Tensor part = in.get(k);
      long[] sizes = new long[input(k).shape().rank() + 1];
      sizes[0] = records;
      for (int i = 1; i < sizes.length; i++) {
        sizes[i] = input(k).shape().dim(i - 1);
      }
      parts[k] = part.size(0) == records ? part : part.expand(sizes);
    }
    return TensorInputs.concatenated(axis + 1, parts);
  }
}
