package org.quietune.model;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Translates the part of a graph that leads to its logits into a {@link Program}. */
final class GraphCompiler {
  private final Graph graph;
  private final ProgramBuilder builder = new ProgramBuilder();
  private final Map<String, Value> values = new HashMap<>();

  private GraphCompiler(Graph graph, Parameters parameters) {
    this.graph = graph;
    for (Graph.Input input : graph.inputs()) {
      values.put(input.name(), builder.input(input.name(), input.type(), input.shape()));
    }
    for (ParameterInfo parameter : parameters.list()) {
      values.put(parameter.name(), builder.parameter(parameter));
    }
  }

  /**
   * Translates a graph.
   *
   * @throws InvalidModelException when an operator is not supported (naming it and its node), it
   *     would mix records, nothing is trainable, or the output is neither one logit nor one per
   *     class
   */
  static Program compile(Graph graph, Parameters parameters) {
    Operators.requireOpset(graph);
    parameters.requireTrainable();
    return new GraphCompiler(graph, parameters).compile();
  }

  private Program compile() {
    for (NodeProto node : graph.nodes()) {
      for (String name : node.getInputList()) {
        if (!name.isEmpty() && !values.containsKey(name)) {
          values.put(name, constant(node, name));
        }
      }
      List<Value> results = Operators.lower(node, graph, values, builder);
      for (int i = 0; i < Math.min(results.size(), node.getOutputCount()); i++) {
        values.put(node.getOutput(i), results.get(i));
      }
    }
    Value logits = values.get(graph.logits());
    if (logits == null || !isLogits(logits)) {
      throw new InvalidModelException(
          graph.source(), "its output must have shape [N, 1] or [N, classes]");
    }
    graph.requireLinkOver(logits.shape());
    return builder.build(logits);
  }

  private static boolean isLogits(Value value) {
    Shape shape = value.shape();
    return value.type() == Value.Type.FLOAT
        && value.trained()
        && (shape.rank() == 1 || shape.rank() == 2)
        && shape.batchAxis() == 0
        && shape.dim(0) == 1
        && shape.size() > 0;
  }

  private Value constant(NodeProto node, String name) {
    TensorProto initializer = graph.initializer(name);
    if (initializer == null) {
      throw graph.unsupported(node, "its input '" + name + "' is not supported");
    }
    try {
      TensorContents contents = TensorContents.of(initializer);
      return builder.constant(contents.type(), contents.shape(), contents.entries());
    } catch (IllegalArgumentException e) {
      throw new InvalidModelException(
          graph.source(), "initializer '" + name + "' " + e.getMessage(), e);
    }
  }
}
