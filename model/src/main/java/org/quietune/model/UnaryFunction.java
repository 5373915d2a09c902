package org.quietune.model;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * An elementwise function of one value.
 *
 * @param value f(x), in strict arithmetic
 * @param adjoint what the output's adjoint contributes to the input's
 * @param tensor the same function on libtorch
 */
record UnaryFunction(DoubleUnaryOperator value, Adjoint adjoint, UnaryOperator<Tensor> tensor) {
  /** The chain rule of one entry. */
  @FunctionalInterface
  interface Adjoint {
    /** The input's adjoint from the input x, the output y and its adjoint g. */
    double of(double x, double y, double g);
  }

  /** A function whose slope is 0 wherever it exists, as that of truth values and integers. */
  static UnaryFunction flat(DoubleUnaryOperator value, UnaryOperator<Tensor> tensor) {
    return new UnaryFunction(value, (x, y, g) -> 0, tensor);
  }
}
