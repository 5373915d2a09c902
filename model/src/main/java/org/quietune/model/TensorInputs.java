package org.quietune.model;

import java.util.List;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What an {@link Operation} reads on libtorch.
 *
 * @param operation whose inputs they are
 * @param tensors one per input, each with the records as leading axis (or 1)
 * @param precision of floating-point entries
 */
record TensorInputs(Operation operation, List<Tensor> tensors, Precision precision) {
  Tensor get(int index) {
    return tensors.get(index);
  }

  /** An input with axes of extent 1 after the records, so that it has the given rank by record. */
  Tensor aligned(int index, int rank) {
    return reshaped(get(index), operation.input(index).shape().padded(rank).dims());
  }

  /** A tensor whose entries per record are arranged anew. */
  static Tensor reshaped(Tensor tensor, int... dims) {
    long[] sizes = new long[dims.length + 1];
    sizes[0] = tensor.size(0);
    for (int i = 0; i < dims.length; i++) {
      sizes[i + 1] = dims[i];
    }
    return tensor.reshape(sizes);
  }

  /** The result in the output's shape. */
  Tensor shaped(Tensor result) {
    return reshaped(result, operation.output().shape().dims());
  }

  /** A vector of indices. */
  static Tensor indices(int[] values) {
    long[] wide = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return torch.from_blob(
        new LongPointer(wide),
        new long[] {values.length},
        new TensorOptions(torch.ScalarType.Long));
  }

  /** Tensors side by side along an axis that counts the records as axis 0. */
  static Tensor concatenated(int axis, Tensor... parts) {
    return torch.cat(new TensorVector(parts), axis);
  }

  /** A floating-point tensor filled with one number, of the given shape behind the records. */
  Tensor filled(long records, double number, int... dims) {
    long[] sizes = new long[dims.length + 1];
    sizes[0] = records;
    for (int i = 0; i < dims.length; i++) {
      sizes[i + 1] = dims[i];
    }
    return torch.full(sizes, new Scalar(number), precision.options());
  }
}
