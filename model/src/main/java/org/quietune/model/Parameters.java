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
 * <p>Trainable are float initializers that serve as factor of a Gemm or MatMul, kernel of a Conv,
 * weights of an RNN, GRU or LSTM, table of a Gather, slope of a PRelu, scale of a normalization, or
 * as the bias of any of these; and, where layers are written out in elementary operators, a factor
 * or addend with several entries behind such a layer or behind a division by a root of the record's
 * own values, which is how a normalization is written out; and what is concatenated with the output
 * of such a layer, such as a learned first position. Statistics of a BatchNormalization,
 * preprocessing and everything else is frozen.
 */
final class Parameters {
  /** Operators that hand an initializer's values on as they are, or some of them. */
  private static final Set<String> MOVES =
      Set.of(
          "Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Expand", "Split", "Slice");

  private final Graph graph;
  private final Map<String, ParameterInfo> byName = new LinkedHashMap<>();
  private final Map<String, Candidate> candidates = new LinkedHashMap<>();
  private final Map<String, Integer> layers = new HashMap<>();
  private final Map<String, Integer> linearWidths = new HashMap<>();
  private final Set<String> behindLayers = new HashSet<>();
  private final Set<String> perRecord = new HashSet<>();
  private int layerCount;
  private int count;

  /** A tensor that could be trained. */
  private record Candidate(TensorProto tensor, ParameterInfo.Role role, int layer) {}

  Parameters(Graph graph, TrainableSelection selection) {
    this.graph = graph;
    graph.inputs().forEach(input -> perRecord.add(input.name()));
    for (NodeProto node : graph.nodes()) {
      if (node.getInputList().stream().anyMatch(perRecord::contains)) {
        perRecord.addAll(node.getOutputList());
      }
      if (Graph.isStandard(node.getDomain())) {
        collect(node);
      }
      if (node.getInputList().stream().anyMatch(behindLayers::contains)) {
        behindLayers.addAll(node.getOutputList());
      }
    }
    for (Candidate candidate : candidates.values()) {
      if (isSelected(candidate, selection)) {
        add(candidate);
      }
    }
    for (String name : selection.names()) {
      if (!byName.containsKey(name)) {
        throw new InvalidModelException(
            graph.source(),
            "has no trainable tensor '" + name + "'; it has " + candidates.keySet());
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

  /** Outputs of the linear layer that computes a value; 0 when it is not the output of one. */
  int linearWidth(String value) {
    return linearWidths.getOrDefault(uncast(value), 0);
  }

  /** The value that a value is a cast of, as Keras puts around every layer. */
  private String uncast(String value) {
    String current = value;
    for (int i = 0; i < graph.nodes().size(); i++) {
      NodeProto before = graph.producer(current);
      if (before == null || !before.getOpType().equals("Cast") || before.getInputCount() != 1) {
        break;
      }
      current = before.getInput(0);
    }
    return current;
  }

  /** Refuses a file without a trainable tensor. */
  void requireTrainable() {
    if (count == 0) {
      throw new InvalidModelException(
          graph.source(), "has nothing to train: no layer with a float weight");
    }
  }

  private boolean isSelected(Candidate candidate, TrainableSelection selection) {
    return switch (selection.kind()) {
      case ALL -> true;
      case LAST -> candidate.layer() >= layerCount - selection.layers();
      case NAMED -> selection.names().contains(candidate.tensor().getName());
    };
  }

  private void collect(NodeProto node) {
    switch (node.getOpType()) {
      case "Gemm" -> {
        boolean turned = Graph.attribute(node, "transB", 0L) != 0;
        linear(node, turned);
        layer(node, ParameterInfo.Role.WEIGHT, 0, 1);
        layer(node, ParameterInfo.Role.BIAS, 2);
      }
      case "MatMul" -> {
        linear(node, false);
        layer(node, ParameterInfo.Role.WEIGHT, 0, 1);
      }
      case "Einsum" -> layer(node, ParameterInfo.Role.WEIGHT, 0, 1);
      case "Conv" -> {
        layer(node, ParameterInfo.Role.WEIGHT, 1);
        layer(node, ParameterInfo.Role.BIAS, 2);
      }
      case "RNN", "GRU", "LSTM" -> {
        layer(node, ParameterInfo.Role.WEIGHT, 1, 2);
        layer(node, ParameterInfo.Role.BIAS, 3);
      }
      case "InstanceNormalization" -> {
        if (!isPlain(node)) {
          layer(node, ParameterInfo.Role.SCALE, 1);
          layer(node, ParameterInfo.Role.BIAS, 2);
        }
      }
      case "BatchNormalization", "LayerNormalization", "GroupNormalization" -> {
        layer(node, ParameterInfo.Role.SCALE, 1);
        layer(node, ParameterInfo.Role.BIAS, 2);
      }
      case "Gather" -> layer(node, ParameterInfo.Role.WEIGHT, 0);
      case "PRelu" -> layer(node, ParameterInfo.Role.SCALE, 1);
      case "Concat" -> tokens(node);
      case "Div" -> normalized(node);
      case "Mul" -> behindLayer(node, ParameterInfo.Role.SCALE);
      case "Add" -> {
        behindLayer(node, ParameterInfo.Role.BIAS);
        for (String input : node.getInputList()) {
          linearWidths.merge(node.getOutput(0), linearWidth(input), Math::max);
        }
      }
      default -> {}
    }
  }

  /** Notes the number of outputs of a linear layer with an initializer as second factor. */
  private void linear(NodeProto node, boolean transposed) {
    if (node.getInputCount() < 2 || source(node.getInput(0)) != null) {
      return;
    }
    boolean turned = transposed;
    String factor = node.getInput(1);
    NodeProto before = graph.producer(factor);
    if (before != null && before.getOpType().equals("Transpose") && before.getInputCount() == 1) {
      turned = !turned;
      factor = before.getInput(0);
    }
    TensorProto weight = graph.initializer(factor);
    if (weight != null && weight.getDimsCount() == 2) {
      linearWidths.put(node.getOutput(0), Math.toIntExact(weight.getDims(turned ? 0 : 1)));
    }
  }

  /**
   * Whether a normalization scales by ones and shifts by zeros: an exporter wrote them because the
   * operator demands some, as part of a normalization of groups.
   */
  private boolean isPlain(NodeProto node) {
    TensorProto scale = node.getInputCount() == 3 ? graph.initializer(node.getInput(1)) : null;
    TensorProto shift = scale == null ? null : graph.initializer(node.getInput(2));
    return shift != null && TensorContents.areAll(scale, 1) && TensorContents.areAll(shift, 0);
  }

  /** Registers positions that are put beside a record's own, such as the one that tells classes. */
  private void tokens(NodeProto node) {
    if (node.getInputList().stream().noneMatch(behindLayers::contains)) {
      return;
    }
    for (String input : node.getInputList()) {
      TensorProto tensor = source(input);
      if (tensor != null && Graph.isFloat(tensor)) {
        register(tensor, ParameterInfo.Role.BIAS, layerOf(node));
      }
    }
    behindLayers.addAll(node.getOutputList());
  }

  /** Registers the initializers among some inputs of a layer. */
  private void layer(NodeProto node, ParameterInfo.Role role, int... inputs) {
    for (int index : inputs) {
      TensorProto tensor = index < node.getInputCount() ? source(node.getInput(index)) : null;
      if (tensor != null && Graph.isFloat(tensor)) {
        register(tensor, role, layerOf(node));
        behindLayers.addAll(node.getOutputList());
      }
    }
  }

  private int layerOf(NodeProto node) {
    Integer known = layers.get(node.getOutput(0));
    if (known != null) {
      return known;
    }
    node.getOutputList().forEach(output -> layers.put(output, layerCount));
    return layerCount++;
  }

  /** Registers an initializer that scales or shifts what comes out of layers. */
  private void behindLayer(NodeProto node, ParameterInfo.Role role) {
    for (int i = 0; i < 2 && node.getInputCount() == 2; i++) {
      String computed = uncast(node.getInput(i));
      TensorProto tensor = source(node.getInput(1 - i));
      if (tensor == null || !Graph.isFloat(tensor) || !behindLayers.contains(computed)) {
        continue;
      }
      int width = linearWidth(computed);
      long size = tensor.getDimsList().stream().reduce(1L, (a, b) -> a * b);
      boolean bias = role == ParameterInfo.Role.BIAS;
      if (size > 1 || (bias && size == width && isProduct(computed))) {
        Integer before = bias ? layers.get(computed) : null;
        register(tensor, role, before == null ? layerOf(node) : before);
        behindLayers.addAll(node.getOutputList());
      }
    }
  }

  /** Notes a division by a root, such as that of a variance. */
  private void normalized(NodeProto node) {
    String divisor = node.getInputCount() < 2 ? "" : node.getInput(1);
    NodeProto root = graph.producer(divisor);
    if (root != null && root.getOpType().equals("Sqrt") && perRecord.contains(divisor)) {
      behindLayers.add(node.getOutput(0));
    }
  }

  private boolean isProduct(String value) {
    NodeProto before = graph.producer(value);
    return before != null && before.getOpType().equals("MatMul");
  }

  /** The initializer that a value holds, perhaps in another shape; null when it is computed. */
  private @Nullable TensorProto source(String name) {
    String current = name;
    TensorProto found = graph.initializer(current);
    for (int i = 0; found == null && i < graph.nodes().size(); i++) {
      NodeProto before = graph.producer(current);
      if (before == null || !MOVES.contains(before.getOpType()) || before.getInputCount() < 1) {
        return null;
      }
      current = before.getInput(0);
      found = graph.initializer(current);
    }
    return found;
  }

  private void register(TensorProto tensor, ParameterInfo.Role role, int layer) {
    candidates.putIfAbsent(tensor.getName(), new Candidate(tensor, role, layer));
  }

  private void add(Candidate candidate) {
    String name = candidate.tensor().getName();
    ParameterInfo added =
        new ParameterInfo(name, Graph.shape(candidate.tensor()), count, candidate.role());
    byName.put(name, added);
    count = Math.addExact(count, added.size());
  }
}
