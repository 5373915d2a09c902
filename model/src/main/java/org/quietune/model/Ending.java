package org.quietune.model;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a file does to its logits before it gives them out, recognized so that a loss can start from
 * the logits: a final Sigmoid, Softmax or LogSoftmax; and, as scikit-learn's converter writes them,
 * the two columns [1 − p, p] with p = σ(z), the columns [−z, z], and probabilities divided by their
 * sum. Independent σ(z_k) divided by their sum are the softmax of log σ(z_k), which then are the
 * logits.
 */
final class Ending {
  private final Map<String, NodeProto> producers;
  private final Map<String, TensorProto> initializers;
  private final String output;
  private final List<NodeProto> added = new ArrayList<>();
  private String logits;
  private Graph.Link link = Graph.Link.NONE;
  private @Nullable NodeProto node;

  /**
   * Looks at the end of a graph.
   *
   * @param output the value that is given out
   * @param producers the node that computes a value
   * @param initializers the file's tensors, by name
   */
  Ending(String output, Map<String, NodeProto> producers, Map<String, TensorProto> initializers) {
    this.output = output;
    this.producers = producers;
    this.initializers = initializers;
    this.logits = source(output, false);
    recognize(source(output, true));
  }

  /** Name of the value that holds the logits. */
  String logits() {
    return logits;
  }

  Graph.Link link() {
    return link;
  }

  /** The Sigmoid, Softmax or LogSoftmax itself; null where the link is written otherwise. */
  @Nullable NodeProto node() {
    return node;
  }

  /** Nodes that compute the logits from the file's values, where none of these holds them. */
  List<NodeProto> added() {
    return added;
  }

  /** One node, or none, that computes the output as the link of the logits. */
  List<NodeProto> nodes() {
    if (node != null) {
      return List.of(
          node.toBuilder().clearInput().addInput(logits).clearOutput().addOutput(output).build());
    }
    return switch (link) {
      case NONE -> logits.equals(output) ? List.of() : List.of(make("Identity", output, logits));
      case SIGMOID -> List.of(make("Sigmoid", output, logits));
      case SOFTMAX -> List.of(make("Softmax", output, logits));
    };
  }

  private void recognize(String name) {
    String end = name;
    String divided = dividedBySum(end);
    if (divided != null) {
      String each = logisticOf(divided);
      if (each != null) {
        logarithms(each);
        return;
      }
      if (!isDistribution(divided)) {
        return;
      }
      end = divided;
    }
    NodeProto last = producers.get(end);
    String type = last == null ? "" : last.getOpType();
    switch (type) {
      case "Sigmoid" -> found(Graph.Link.SIGMOID, last);
      case "Softmax", "LogSoftmax" -> found(Graph.Link.SOFTMAX, last);
      case "Concat" -> pair(end);
      default -> {}
    }
  }

  private void found(Graph.Link kind, @Nullable NodeProto last) {
    link = kind;
    node = last;
    logits = last == null || last.getInputCount() != 1 ? logits : source(last.getInput(0), false);
  }

  /** log σ(z) = −log(1 + exp(−z)). */
  private void logarithms(String z) {
    String name = z + ".log_sigmoid";
    added.add(make("Neg", name + ".opposite", z));
    added.add(make("Softplus", name + ".softplus", name + ".opposite"));
    added.add(make("Neg", name, name + ".softplus"));
    link = Graph.Link.SOFTMAX;
    logits = name;
  }

  /** Two columns that tell the same number. */
  private void pair(String concatenated) {
    String second = columns(concatenated, 1);
    String first = columns(concatenated, 0);
    if (first == null || second == null) {
      return;
    }
    String z = isComplement(first, second) ? logisticOf(second) : null;
    if (z != null) {
      link = Graph.Link.SIGMOID;
      logits = z;
    } else if (isOpposite(first, second)) {
      logits = second;
    }
  }

  private boolean isDistribution(String name) {
    NodeProto last = producers.get(name);
    String first = columns(name, 0);
    String second = columns(name, 1);
    return (last != null && last.getOpType().equals("Softmax"))
        || (first != null && second != null && isComplement(first, second));
  }

  /** One of two values that are put side by side. */
  private @Nullable String columns(String name, int which) {
    NodeProto last = producers.get(name);
    if (last == null || !last.getOpType().equals("Concat") || last.getInputCount() != 2) {
      return null;
    }
    long axis = Graph.attribute(last, "axis", 0);
    return axis == 1 || axis == -1 ? source(last.getInput(which), false) : null;
  }

  private boolean isComplement(String first, String second) {
    NodeProto difference = producers.get(first);
    return difference != null
        && difference.getOpType().equals("Sub")
        && difference.getInputCount() == 2
        && is(difference.getInput(0), 1)
        && source(difference.getInput(1), false).equals(second);
  }

  private boolean isOpposite(String first, String second) {
    return second.equals(oppositeOf(first));
  }

  /** z where a value is −z. */
  private @Nullable String oppositeOf(String name) {
    NodeProto last = producers.get(name);
    if (last != null && last.getOpType().equals("Neg") && last.getInputCount() == 1) {
      return source(last.getInput(0), false);
    }
    if (last != null && last.getOpType().equals("Mul") && last.getInputCount() == 2) {
      for (int i = 0; i < 2; i++) {
        if (is(last.getInput(i), -1)) {
          return source(last.getInput(1 - i), false);
        }
      }
    }
    return null;
  }

  /** z where a value is σ(z), written as such or as 1 / (1 + exp(−z)). */
  private @Nullable String logisticOf(String name) {
    NodeProto last = producers.get(name);
    if (last != null && last.getOpType().equals("Sigmoid") && last.getInputCount() == 1) {
      return source(last.getInput(0), false);
    }
    NodeProto sum = before(last, "Reciprocal", 0);
    for (int i = 0; i < 2 && sum != null && sum.getInputCount() == 2; i++) {
      NodeProto power = before(sum, "Add", i);
      if (power != null && before(power, "Exp", 0) != null && is(sum.getInput(1 - i), 1)) {
        return oppositeOf(power.getInput(0));
      }
    }
    return null;
  }

  /** What a value is before its rows are divided by their sums; null when they are not. */
  private @Nullable String dividedBySum(String name) {
    NodeProto last = producers.get(name);
    if (last == null) {
      return null;
    }
    if (last.getDomain().equals(LinearModels.DOMAIN) && last.getOpType().equals("Normalizer")) {
      return sumsToOne(last) && last.getInputCount() == 1 ? source(last.getInput(0), true) : null;
    }
    NodeProto sum = before(last, "Div", 1);
    if (sum == null || !sum.getOpType().equals("ReduceSum")) {
      return null;
    }
    NodeProto absolute = before(sum, "ReduceSum", 0);
    String summed =
        absolute != null && absolute.getOpType().equals("Abs")
            ? absolute.getInput(0)
            : sum.getInput(0);
    return last.getInput(0).equals(summed) ? source(summed, true) : null;
  }

  /** The node that computes an input of a node of a type. */
  private @Nullable NodeProto before(@Nullable NodeProto last, String type, int input) {
    return last == null || !last.getOpType().equals(type) || last.getInputCount() <= input
        ? null
        : producers.get(last.getInput(input));
  }

  private boolean is(String name, double number) {
    TensorProto tensor = initializers.get(name);
    return tensor != null
        && tensor.getDimsList().stream().allMatch(dim -> dim == 1)
        && TensorContents.areAll(tensor, number);
  }

  /**
   * The value that a value is a copy of.
   *
   * @param casts whether casts to float32 count as copies
   */
  private String source(String name, boolean casts) {
    String current = name;
    // Bounded by the number of nodes, so that a cyclic file cannot hang the walk.
    for (int i = 0; i < producers.size(); i++) {
      NodeProto before = producers.get(current);
      if (before == null || before.getInputCount() != 1 || !isCopy(before, casts)) {
        break;
      }
      current = before.getInput(0);
    }
    return current;
  }

  private static boolean isCopy(NodeProto before, boolean casts) {
    return before.getOpType().equals("Identity")
        || (casts
            && before.getOpType().equals("Cast")
            && Graph.attribute(before, "to", 0) == TensorProto.DataType.FLOAT_VALUE);
  }

  private static boolean sumsToOne(NodeProto normalizer) {
    return normalizer.getAttributeList().stream()
        .anyMatch(
            attribute ->
                attribute.getName().equals("norm") && attribute.getS().toStringUtf8().equals("L1"));
  }

  private static NodeProto make(String operator, String result, String input) {
    NodeProto.Builder made =
        NodeProto.newBuilder().setOpType(operator).addInput(input).addOutput(result);
    if (operator.equals("Softmax")) {
      made.addAttribute(Attributes.integer("axis", 1));
    }
    return made.build();
  }
}
