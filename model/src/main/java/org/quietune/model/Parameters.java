package org.quietune.model;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The trainable initializers of a graph, in the order in which its nodes first use them, weight
 * before bias.
 *
 * <p>Trainable are the float weight and bias of a Gemm, the float weight of a MatMul, and the float
 * bias of an Add right after such a MatMul, when the bias has one value per output. Everything
 * else, preprocessing included, is frozen.
 */
final class Parameters {
  private final Graph graph;
  private final Map<String, ParameterInfo> byName = new LinkedHashMap<>();
  private final Map<String, Integer> linearWidths = new HashMap<>();
  private int count;

  Parameters(Graph graph) {
    this.graph = graph;
    for (NodeProto node : graph.nodes()) {
      if (Graph.isStandard(node.getDomain())) {
        switch (node.getOpType()) {
          case "Gemm" -> gemm(node);
          case "MatMul" -> weight(node, false);
          case "Add" -> biasOfMatMul(node);
          default -> {}
        }
      }
    }
  }

  List<ParameterInfo> list() {
    return List.copyOf(byName.values());
  }

  /** Number of trainable values. */
  int count() {
    return count;
  }

  /** The parameter of that name; null when there is none or it is frozen. */
  @Nullable ParameterInfo find(String name) {
    return byName.get(name);
  }

  /** Outputs of the trained layer that computes a value; 0 when it is not the output of one. */
  int linearWidth(String value) {
    return linearWidths.getOrDefault(value, 0);
  }

  /**
   * Refuses a file without a trainable tensor, and one in which a trainable tensor is read outside
   * the places whose gradient is known.
   */
  void requireTrainable() {
    if (count == 0) {
      throw new InvalidModelException(
          graph.source(), "has nothing to train: no Gemm or MatMul with a float weight");
    }
    for (NodeProto node : graph.nodes()) {
      Set<Integer> known = new HashSet<>();
      switch (node.getOpType()) {
        case "Gemm" -> known.addAll(List.of(1, 2));
        case "MatMul" -> known.add(1);
        case "Add" -> known.addAll(List.of(0, 1));
        default -> {}
      }
      for (int i = 0; i < node.getInputCount(); i++) {
        if (!known.contains(i) && find(node.getInput(i)) != null) {
          throw new InvalidModelException(
              graph.source(),
              Graph.describe(node)
                  + " also reads the trainable '"
                  + node.getInput(i)
                  + "': not supported");
        }
      }
    }
  }

  private void gemm(NodeProto node) {
    int width = weight(node, Graph.attribute(node, "transB", 0L) != 0);
    if (width > 0 && node.getInputCount() > 2) {
      bias(node.getInput(2), width);
    }
  }

  /** Registers a weight and returns its number of outputs; 0 when it is not a trainable weight. */
  private int weight(NodeProto node, boolean transposed) {
    if (node.getInputCount() < 2 || graph.initializer(node.getInput(0)) != null) {
      return 0;
    }
    TensorProto weight = graph.initializer(node.getInput(1));
    if (weight == null || !Graph.isFloat(weight) || weight.getDimsCount() != 2) {
      return 0;
    }
    add(weight, ParameterInfo.Role.WEIGHT);
    int width = Math.toIntExact(weight.getDims(transposed ? 0 : 1));
    linearWidths.put(node.getOutput(0), width);
    return width;
  }

  private void biasOfMatMul(NodeProto node) {
    if (node.getInputCount() != 2) {
      return;
    }
    for (int i = 0; i < 2; i++) {
      NodeProto before = graph.producer(node.getInput(i));
      int width = linearWidth(node.getInput(i));
      if (before != null && before.getOpType().equals("MatMul") && width > 0) {
        bias(node.getInput(1 - i), width);
        linearWidths.put(node.getOutput(0), width);
      }
    }
  }

  private void bias(String name, int width) {
    TensorProto bias = graph.initializer(name);
    if (bias == null || !Graph.isFloat(bias)) {
      return;
    }
    List<Integer> shape = Graph.shape(bias);
    if (shape.equals(List.of(width)) || shape.equals(List.of(1, width))) {
      add(bias, ParameterInfo.Role.BIAS);
    }
  }

  private void add(TensorProto tensor, ParameterInfo.Role role) {
    ParameterInfo known = byName.get(tensor.getName());
    if (known != null && known.role() != role) {
      throw new InvalidModelException(
          graph.source(),
          "initializer '" + tensor.getName() + "' is both a weight and a bias: not supported");
    }
    if (known == null) {
      ParameterInfo added = new ParameterInfo(tensor.getName(), Graph.shape(tensor), count, role);
      byName.put(tensor.getName(), added);
      count = Math.addExact(count, added.size());
    }
  }
}
