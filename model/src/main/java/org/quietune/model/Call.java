package org.quietune.model;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * One node at the moment it runs: its attributes and the values it reads.
 *
 * @param node the node
 * @param graph the graph it belongs to
 * @param values the tensors computed so far, by name
 * @param tape where layers with trained parameters record themselves
 */
record Call(NodeProto node, Graph graph, Map<String, Tensor> values, Tape tape) {
  int inputs() {
    return node.getInputCount();
  }

  /** Whether an optional input is given. */
  boolean has(int index) {
    return index < node.getInputCount() && !node.getInput(index).isEmpty();
  }

  Tensor input(int index) {
    Tensor tensor = has(index) ? values.get(node.getInput(index)) : null;
    if (tensor == null) {
      throw unsupported("input " + index + " is missing");
    }
    return tensor;
  }

  String inputName(int index) {
    return node.getInput(index);
  }

  long attribute(String name, long otherwise) {
    return Graph.attribute(node, name, otherwise);
  }

  InvalidModelException unsupported(String what) {
    return graph.unsupported(node, what);
  }
}
