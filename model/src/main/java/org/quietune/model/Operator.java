package org.quietune.model;

import org.bytedeco.pytorch.Tensor;

/** What one ONNX operator computes. */
@FunctionalInterface
interface Operator {
  /**
   * Runs the operator on one node.
   *
   * @return the node's first output
   * @throws InvalidModelException when the node uses the operator in a way that is not supported
   */
  Tensor apply(Call call);
}
