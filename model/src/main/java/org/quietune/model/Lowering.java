package org.quietune.model;

import java.util.List;

/** What one ONNX operator means, in primitives. */
@FunctionalInterface
interface Lowering {
  /**
   * Adds a node's primitives.
   *
   * @return the node's outputs, in order; optional ones at the end may be absent
   * @throws IllegalArgumentException when the node uses the operator in a way that is not supported
   */
  List<Value> lower(OnnxNode node, ProgramBuilder to);

  /** An operator with one output. */
  @FunctionalInterface
  interface Single {
    Value lower(OnnxNode node, ProgramBuilder to);
  }

  static Lowering single(Single single) {
    return (node, to) -> List.of(single.lower(node, to));
  }
}
