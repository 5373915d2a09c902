package org.quietune.model;

import ai.onnx.proto.OnnxMl.NodeProto;

/**
 * How a Gemm or MatMul node multiplies: α · A · W (or A · Wᵀ when transposed) + β · C.
 *
 * @param transposed whether the weight is stored outputs × inputs
 * @param alpha scales the product
 * @param beta scales the third input, if there is one
 */
record Product(boolean transposed, double alpha, double beta) {
  /**
   * Reads a node's attributes.
   *
   * @throws InvalidModelException when rows would not stay records, or the second factor is
   *     computed: a product of two computed tensors could mix records, and then a per-record
   *     gradient would not exist
   */
  static Product of(NodeProto node, Graph graph) {
    if (node.getInputCount() < 2 || graph.initializer(node.getInput(1)) == null) {
      throw graph.unsupported(node, "the second factor must be an initializer");
    }
    if (node.getOpType().equals("MatMul")) {
      return new Product(false, 1, 1);
    }
    if (Graph.attribute(node, "transA", 0L) != 0) {
      throw graph.unsupported(node, "transA is not supported: rows must stay records");
    }
    return new Product(
        Graph.attribute(node, "transB", 0L) != 0,
        Graph.attribute(node, "alpha", 1.0),
        Graph.attribute(node, "beta", 1.0));
  }
}
