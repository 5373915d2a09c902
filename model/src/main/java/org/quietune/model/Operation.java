package org.quietune.model;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One primitive of a {@link Program}, in both engines. Holds shapes, tables and attributes, never
 * entries, so that it may be shared by threads.
 *
 * <p>Which primitives an ONNX operator means, with every default, version and attribute, is decided
 * before ({@link Operators}); an operation only computes.
 */
abstract class Operation {
  private final Value output;
  private final List<Value> inputs;
  private int number;

  Operation(Value output, Value... inputs) {
    this.output = output;
    this.inputs = List.of(inputs);
  }

  final Value output() {
    return output;
  }

  final List<Value> inputs() {
    return inputs;
  }

  final Value input(int index) {
    return inputs.get(index);
  }

  /** Its place in the program. */
  final int number() {
    return number;
  }

  final void number(int place) {
    number = place;
  }

  /**
   * Computes the output for one record: overwrites each of its entries, by a sequence of operations
   * that the shapes fix.
   */
  abstract void forward(RowMemory memory);

  /**
   * Adds to the adjoint of every input that depends on θ what the output's adjoint contributes, in
   * a fixed order.
   */
  abstract void backward(RowMemory memory);

  /**
   * Computes the output for a batch with libtorch. Every tensor has the value's shape for one
   * record behind a leading axis: the records, or 1 where they share it.
   */
  abstract Tensor tensor(TensorInputs in);

  /**
   * What can be computed once per θ from inputs that do not depend on the record, for {@link
   * RowMemory#prepared}; null when there is no such thing.
   */
  double @Nullable [] prepare(RowMemory memory) {
    return null;
  }

  /** Whether the output is linear, apart from a constant, in what depends on θ, if all of it is. */
  boolean isAffine() {
    return false;
  }

  /**
   * Whether {@link #backward} can give a {@link TensorSink} the gradient of this input, a trained
   * tensor, as outer products.
   */
  boolean hasFactors(int input) {
    return false;
  }

  /** Entries of working memory that a call needs, of each of two kinds. */
  int scratch() {
    return 0;
  }
}
