package org.quietune.model;

import org.bytedeco.pytorch.Tensor;

/** The same entries in the same order in another shape: shares the input's arrays. */
final class Reshaping extends Operation {
  Reshaping(Value x, Value output) {
    super(output, x);
  }

  @Override
  boolean isAffine() {
    return true;
  }

  @Override
  void forward(RowMemory memory) {
    // The output's array is the input's.
  }

  @Override
  void backward(RowMemory memory) {
    // And so are the adjoints.
  }

  @Override
  Tensor tensor(TensorInputs in) {
    return in.shaped(in.get(0));
  }
}
