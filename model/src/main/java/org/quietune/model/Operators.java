package org.quietune.model;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The ONNX operators that can be differentiated, by type. */
final class Operators {
  /** The versions of ONNX's operator set whose meaning the entries follow. */
  private static final long FIRST_OPSET = 9;

  private static final long LAST_OPSET = 22;

  private static final Map<String, Lowering> BY_TYPE = all();

  private Operators() {}

  private static Map<String, Lowering> all() {
    Map<String, Lowering> all = new HashMap<>();
    all.putAll(ElementwiseOperators.all());
    all.putAll(ShapeOperators.all());
    all.putAll(SelectionOperators.all());
    all.putAll(LinearOperators.all());
    all.putAll(WindowOperators.all());
    all.putAll(ReductionOperators.all());
    all.putAll(NormalizationOperators.all());
    all.putAll(RecurrentOperators.all());
    all.putAll(MachineLearningOperators.all());
    return Map.copyOf(all);
  }

  /** The supported types. */
  static Set<String> types() {
    return new TreeSet<>(BY_TYPE.keySet());
  }

  /**
   * Translates a node.
   *
   * @throws InvalidModelException naming the operator and the node, when it is not in the registry
   *     or uses the operator in a way that is not supported
   */
  static List<Value> lower(
      NodeProto proto, Graph graph, Map<String, Value> values, ProgramBuilder to) {
    Lowering operator = BY_TYPE.get(Graph.type(proto));
    if (operator == null) {
      throw new InvalidModelException(
          graph.source(),
          "unsupported operator "
              + Graph.describe(proto)
              + "; supported are "
              + String.join(", ", types())
              + "; or freeze everything up to it: --train head, or --train with the names of tensors"
              + " after it");
    }
    try {
      return operator.lower(new OnnxNode(proto, graph.opset(), values), to);
    } catch (InvalidModelException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw graph.unsupported(proto, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      throw new InvalidModelException(
          graph.source(),
          Graph.describe(proto) + " cannot run on inputs of these shapes and types",
          e);
    }
  }

  /** Refuses a graph of an operator set version whose meaning may differ. */
  static void requireOpset(Graph graph) {
    if (graph.opset() < FIRST_OPSET || graph.opset() > LAST_OPSET) {
      throw new InvalidModelException(
          graph.source(),
          "operator set version "
              + graph.opset()
              + " is not supported; supported are "
              + FIRST_OPSET
              + " to "
              + LAST_OPSET);
    }
  }
}
