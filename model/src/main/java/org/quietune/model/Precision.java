package org.quietune.model;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * The floating-point type of a network's tensors, and the way of Java arrays in and out of it.
 *
 * <p>Tensors made here borrow memory that lives until the enclosing pointer scope closes; clone
 * what must live longer.
 */
enum Precision {
  /** What the file runs in. */
  FLOAT32 {
    @Override
    torch.ScalarType scalarType() {
      return torch.ScalarType.Float;
    }

    @Override
    Tensor tensor(float[] values, long... shape) {
      return torch.from_blob(
          new FloatPointer(values), shape, new TensorOptions(torch.ScalarType.Float));
    }

    @Override
    Tensor tensor(double[] values, long... shape) {
      float[] rounded = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        rounded[i] = (float) values[i];
      }
      return tensor(rounded, shape);
    }

    @Override
    double[] values(Tensor tensor) {
      Tensor dense = tensor.contiguous();
      float[] values = new float[Math.toIntExact(dense.numel())];
      dense.data_ptr_float().get(values);
      double[] widened = new double[values.length];
      for (int i = 0; i < values.length; i++) {
        widened[i] = values[i];
      }
      return widened;
    }
  },

  /** For convergence to many digits on public data, and for oracles. */
  FLOAT64 {
    @Override
    torch.ScalarType scalarType() {
      return torch.ScalarType.Double;
    }

    @Override
    Tensor tensor(float[] values, long... shape) {
      double[] widened = new double[values.length];
      for (int i = 0; i < values.length; i++) {
        widened[i] = values[i];
      }
      return tensor(widened, shape);
    }

    @Override
    Tensor tensor(double[] values, long... shape) {
      return torch.from_blob(
          new DoublePointer(values), shape, new TensorOptions(torch.ScalarType.Double));
    }

    @Override
    double[] values(Tensor tensor) {
      Tensor dense = tensor.contiguous();
      double[] values = new double[Math.toIntExact(dense.numel())];
      dense.data_ptr_double().get(values);
      return values;
    }
  };

  /** libtorch's name of the type. */
  abstract torch.ScalarType scalarType();

  final TensorOptions options() {
    return new TensorOptions(scalarType());
  }

  abstract Tensor tensor(float[] values, long... shape);

  abstract Tensor tensor(double[] values, long... shape);

  /** A tensor's values, row-major. */
  abstract double[] values(Tensor tensor);
}
