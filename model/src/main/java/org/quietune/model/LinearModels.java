package org.quietune.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A graph's nodes with the linear models of {@code ai.onnx.ml}, which keep their weights in
 * attributes, written out in standard operators on tensors: LinearClassifier and LinearRegressor,
 * as scikit-learn's converter writes them.
 *
 * <p>A classifier of two classes scores [−z, z] from a row of coefficients and its negative; only
 * the row of z is then a tensor, and the other stays its negative. It gives out the probabilities
 * [1 − p, p], p = σ(z) for LOGISTIC and σ(2z) for SOFTMAX.
 *
 * <p>The file itself is not changed by this: where a tensor's values lie in it is told by {@link
 * Place}.
 */
final class LinearModels {
  /** The operators' domain. */
  static final String DOMAIN = "ai.onnx.ml";

  /**
   * Where a tensor's values lie: in a row of an attribute's floats.
   *
   * @param node index of the node in the file's graph
   * @param attribute its name
   * @param from index of the tensor's first value among the attribute's
   * @param mirrored whether the same number of values from 0 on are their negatives
   */
  record Place(int node, String attribute, int from, boolean mirrored) {}

  private final List<NodeProto> nodes = new ArrayList<>();
  private final List<TensorProto> tensors = new ArrayList<>();
  private final Map<String, Place> places = new HashMap<>();
  private final Set<String> names = new HashSet<>();
  private final String source;

  private LinearModels(String source) {
    this.source = source;
  }

  /**
   * Writes out a graph's linear models.
   *
   * @throws InvalidModelException when the coefficients of one do not fit together
   */
  static LinearModels writeOut(GraphProto graph, String source) {
    LinearModels models = new LinearModels(source);
    for (int i = 0; i < graph.getNodeCount(); i++) {
      NodeProto node = graph.getNode(i);
      boolean own = node.getDomain().equals(DOMAIN) && node.getInputCount() == 1;
      if (own && node.getOpType().equals("LinearClassifier") && node.getOutputCount() == 2) {
        models.new Model(node, i, node.getOutput(1)).writeClassifier();
      } else if (own && node.getOpType().equals("LinearRegressor")) {
        models.new Model(node, i, node.getOutput(0)).writeRegressor();
      } else {
        models.nodes.add(node);
      }
    }
    return models;
  }

  /** All nodes, in an order in which they can run. */
  List<NodeProto> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /** The tensors that the file holds as attributes, and constants. */
  List<TensorProto> tensors() {
    return Collections.unmodifiableList(tensors);
  }

  /** Where the values of one of the tensors lie; null for constants and the file's own. */
  @Nullable Place place(String tensor) {
    return places.get(tensor);
  }

  /** One model while it is written out. */
  private final class Model {
    private final NodeProto node;
    private final int index;
    private final String output;
    private final String name;
    private final List<Float> coefficients;
    private final List<Float> intercepts;

    Model(NodeProto node, int index, String output) {
      this.node = node;
      this.index = index;
      this.output = output;
      this.name = names.add(node.getName()) && !node.getName().isEmpty() ? node.getName() : output;
      this.coefficients = floats("coefficients");
      this.intercepts = floats("intercepts");
    }

    void writeClassifier() {
      int labels = Math.max(count("classlabels_ints"), count("classlabels_strings"));
      int rows = Math.max(1, intercepts.isEmpty() ? labels : intercepts.size());
      String transform = transform();
      boolean pair = labels == 2 && (rows == 1 || isMirrored(rows));
      if (!pair) {
        write(transform, scores(rows, 0, transform.isEmpty() ? output : name("scores")));
        return;
      }
      String z = scores(1, rows - 1, name("score"));
      if (transform.isEmpty()) {
        add("Neg", name("opposite"), z);
        join(name("opposite"), z);
        return;
      }
      if (transform.equals("Softmax")) {
        z = add("Mul", name("difference"), z, constant(name("two"), 2));
      }
      String p = add("Sigmoid", name("probability"), z);
      join(add("Sub", name("complement"), constant(name("one"), 1), p), p);
    }

    void writeRegressor() {
      int rows = Math.max(1, intercepts.isEmpty() ? targets() : intercepts.size());
      String transform = transform();
      write(transform, scores(rows, 0, transform.isEmpty() ? output : name("scores")));
    }

    private void write(String transform, String scores) {
      if (transform.equals("Softmax")) {
        nodes.add(
            builder("Softmax", output, scores).addAttribute(Attributes.integer("axis", 1)).build());
      } else if (!transform.isEmpty()) {
        add(transform, output, scores);
      }
    }

    private void join(String first, String second) {
      nodes.add(
          builder("Concat", output, first, second)
              .addAttribute(Attributes.integer("axis", 1))
              .build());
    }

    /** The products with some rows of coefficients, the first of them in that place. */
    private String scores(int rows, int first, String result) {
      int width = coefficients.size() / (rows + first);
      if (width == 0
          || coefficients.size() != width * (rows + first)
          || (!intercepts.isEmpty() && intercepts.size() != rows + first)) {
        throw new InvalidModelException(
            source,
            Graph.describe(node)
                + ": "
                + coefficients.size()
                + " coefficients and "
                + intercepts.size()
                + " intercepts do not fit "
                + (rows + first)
                + " rows");
      }
      boolean mirrored = first > 0;
      nodes.add(
          builder("Cast", name("inputs"), node.getInput(0))
              .addAttribute(Attributes.integer("to", TensorProto.DataType.FLOAT_VALUE))
              .build());
      NodeProto.Builder product =
          builder(
              "Gemm",
              result,
              name("inputs"),
              tensor("coefficients", coefficients, first * width, mirrored, rows, width));
      if (!intercepts.isEmpty()) {
        product.addInput(tensor("intercepts", intercepts, first, mirrored, rows));
      }
      nodes.add(product.addAttribute(Attributes.integer("transB", 1)).build());
      return result;
    }

    private boolean isMirrored(int rows) {
      return rows == 2 && isMirrored(coefficients) && isMirrored(intercepts);
    }

    private static boolean isMirrored(List<Float> values) {
      int half = values.size() / 2;
      boolean mirrored = values.size() % 2 == 0;
      for (int i = 0; i < half; i++) {
        mirrored &= values.get(i) == -values.get(half + i);
      }
      return mirrored;
    }

    /** The operator that the scores go through; empty for none. */
    private String transform() {
      AttributeProto attribute = find("post_transform");
      String transform = attribute == null ? "NONE" : attribute.getS().toStringUtf8();
      return switch (transform) {
        case "NONE" -> "";
        case "LOGISTIC" -> "Sigmoid";
        case "SOFTMAX" -> "Softmax";
        default ->
            throw new InvalidModelException(
                source,
                Graph.describe(node) + ": post_transform " + transform + " is not supported");
      };
    }

    private int targets() {
      AttributeProto attribute = find("targets");
      return attribute == null ? 1 : Math.toIntExact(attribute.getI());
    }

    private int count(String labels) {
      AttributeProto attribute = find(labels);
      return attribute == null ? 0 : attribute.getIntsCount() + attribute.getStringsCount();
    }

    private List<Float> floats(String attribute) {
      AttributeProto found = find(attribute);
      return found == null ? List.of() : found.getFloatsList();
    }

    private @Nullable AttributeProto find(String attribute) {
      return node.getAttributeList().stream()
          .filter(candidate -> candidate.getName().equals(attribute))
          .findFirst()
          .orElse(null);
    }

    private String name(String part) {
      return name + "." + part;
    }

    private String tensor(
        String attribute, List<Float> values, int from, boolean mirrored, int... shape) {
      TensorProto.Builder tensor =
          TensorProto.newBuilder()
              .setName(name(attribute))
              .setDataType(TensorProto.DataType.FLOAT_VALUE);
      int size = 1;
      for (int dim : shape) {
        tensor.addDims(dim);
        size *= dim;
      }
      tensors.add(tensor.addAllFloatData(values.subList(from, from + size)).build());
      places.put(tensor.getName(), new Place(index, attribute, from, mirrored));
      return tensor.getName();
    }

    private String constant(String name, float value) {
      tensors.add(
          TensorProto.newBuilder()
              .setName(name)
              .setDataType(TensorProto.DataType.FLOAT_VALUE)
              .addFloatData(value)
              .build());
      return name;
    }

    private String add(String operator, String result, String... inputs) {
      nodes.add(builder(operator, result, inputs).build());
      return result;
    }

    private NodeProto.Builder builder(String operator, String result, String... inputs) {
      return NodeProto.newBuilder()
          .setName(node.getName())
          .setOpType(operator)
          .addAllInput(List.of(inputs))
          .addOutput(result);
    }
  }
}
