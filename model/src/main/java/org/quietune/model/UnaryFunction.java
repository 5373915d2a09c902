package org.quietune.model;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An elementwise function of one value.
 *
 * @param value f(x), in strict arithmetic
 * @param adjoint what the output's adjoint contributes to the input's
 * @param tensor the same function on libtorch
 * @param rows the same function and adjoint, to the bit, over whole arrays; null where entry by
 *     entry will do
 */
record UnaryFunction(
    DoubleUnaryOperator value, Adjoint adjoint, UnaryOperator<Tensor> tensor, @Nullable Rows rows) {
  UnaryFunction(DoubleUnaryOperator value, Adjoint adjoint, UnaryOperator<Tensor> tensor) {
    this(value, adjoint, tensor, null);
  }

  /** A function that is fast over arrays: its loops are its own, and compiled as such. */
  interface Rows {
    /** Writes the first n values. */
    void value(double[] x, double[] y, int n);

    /** Adds the first n adjoints. */
    void addAdjoint(double[] x, double[] y, double[] g, double[] to, int n);
  }

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
