package org.quietune.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of an ONNX graph that leads from its inputs [N, …] to one float output, with its {@link
 * Ending} recognized so that a loss can start from the logits, and {@link LinearModels} written
 * out. A list of maps that ZipMap makes of probabilities stands for these.
 *
 * <p>A record is one row of numbers: the entries of every input in the file's order, one input
 * after the other.
 */
final class Graph {
  /** What the file does to the logits before it gives them out. */
  enum Link {
    /** Nothing: the output is the logits. */
    NONE,
    SIGMOID,
    SOFTMAX
  }

  /** A row of this many columns is 64 MiB: a damaged file must not make us reserve more. */
  private static final int MAX_WIDTH = 1 << 24;

  private static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;

  /**
   * An input of the file.
   *
   * @param shape its dimensions; the first counts records
   */
  record Input(String name, Value.Type type, Shape shape) {}

  private final String source;
  private final long opset;
  private final Map<String, TensorProto> initializers = new HashMap<>();
  private final Map<String, NodeProto> producers = new HashMap<>();
  private final List<Input> inputs = new ArrayList<>();
  private final LinearModels models;
  private final ValueInfoProto declaredOutput;
  private final String output;
  private final Ending ending;
  private final List<NodeProto> nodes;

  Graph(ModelProto model, String source, ModelOptions options) {
    this.source = source;
    this.opset = opset(model, source);
    GraphProto graph = model.getGraph();
    if (graph.getNodeCount() == 0) {
      throw new InvalidModelException(source, "not an ONNX model: it has no graph");
    }
    models = LinearModels.writeOut(graph, source);
    for (TensorProto initializer : graph.getInitializerList()) {
      requireSize(initializer);
      initializers.put(initializer.getName(), initializer);
    }
    models.tensors().forEach(tensor -> initializers.put(tensor.getName(), tensor));
    List<NodeProto> all = new ArrayList<>(models.nodes());
    note(all);
    readInputs(graph, options);
    this.declaredOutput = floatOutput(graph, options);
    NodeProto maps = producers.get(declaredOutput.getName());
    this.output = maps != null && isZipMap(maps) ? maps.getInput(0) : declaredOutput.getName();
    this.ending = new Ending(output, producers, initializers);
    NodeProto last = ending.node();
    if (last != null && last.getInputCount() != 1) {
      throw new InvalidModelException(source, describe(last) + " must read exactly one value");
    }
    all.addAll(ending.added());
    note(ending.added());
    this.nodes = ancestors(all, ending.logits());
  }

  /** The file's name, for messages. */
  String source() {
    return source;
  }

  long opset() {
    return opset;
  }

  /** The inputs, in the order in which a record holds them. */
  List<Input> inputs() {
    return inputs;
  }

  /** Number of entries of a record. */
  int inputWidth() {
    return inputs.stream().mapToInt(input -> input.shape().size()).sum();
  }

  /** Name of the tensor that the chosen output is, or is made of. */
  String output() {
    return output;
  }

  /** That tensor as an output of a file. */
  ValueInfoProto outputInfo() {
    if (output.equals(declaredOutput())) {
      return declaredOutput;
    }
    ValueInfoProto.Builder info = ValueInfoProto.newBuilder().setName(output);
    info.getTypeBuilder().getTensorTypeBuilder().setElemType(FLOAT);
    return info.build();
  }

  /** Name of the chosen output, as the file declares it. */
  String declaredOutput() {
    return declaredOutput.getName();
  }

  /** Name of the value that holds the logits. */
  String logits() {
    return ending.logits();
  }

  /** Whether the output is the logarithm of probabilities. */
  boolean endsInLogarithm() {
    NodeProto last = ending.node();
    return last != null && last.getOpType().equals("LogSoftmax");
  }

  Link link() {
    return ending.link();
  }

  /** Refuses a final Softmax over anything but the classes of [N, classes]. */
  void requireLinkOver(Shape shape) {
    NodeProto last = ending.node();
    if (link() != Link.SOFTMAX || last == null) {
      return;
    }
    long axis = attribute(last, "axis", opset < 13 ? 1L : -1L);
    if (shape.rank() != 2 || (axis != 1 && axis != -1)) {
      throw unsupported(last, "only the columns of a [N, K] tensor can be normalized");
    }
  }

  /** The nodes that the logits depend on, in an order in which they can run. */
  List<NodeProto> nodes() {
    return nodes;
  }

  /** What leads from the logits to the file's output. */
  List<NodeProto> ending() {
    return ending.nodes();
  }

  /** Tensors that the file holds as attributes of linear models, and constants. */
  List<TensorProto> addedTensors() {
    return models.tensors();
  }

  /** Where the values of such a tensor lie; null for an initializer. */
  LinearModels.@Nullable Place place(String tensor) {
    return models.place(tensor);
  }

  @Nullable TensorProto initializer(String name) {
    return initializers.get(name);
  }

  /** The node that computes a value; null for the input and the initializers. */
  @Nullable NodeProto producer(String name) {
    return producers.get(name);
  }

  /** The width that the file declares for its output; 0 when it leaves it open. */
  int declaredOutputWidth() {
    TensorShapeProto shape = declaredOutput.getType().getTensorType().getShape();
    if (shape.getDimCount() == 2 && shape.getDim(1).hasDimValue()) {
      return (int) shape.getDim(1).getDimValue();
    }
    return 0;
  }

  /**
   * Refuses a file whose number of logits fits neither its final operator nor its classes.
   *
   * @param outputs number of logits
   * @param classes what the file states
   */
  void requireLogits(int outputs, int classes) {
    if (outputs != 1 && link() == Link.SIGMOID) {
      throw new InvalidModelException(
          source,
          "ends in a Sigmoid over "
              + outputs
              + " outputs: several labels per record are not supported");
    }
    if (outputs == 1 && link() == Link.SOFTMAX) {
      throw new InvalidModelException(
          source, "ends in a Softmax over one output, which is always 1");
    }
    if (Math.max(2, outputs) != classes) {
      throw new InvalidModelException(
          source, "states " + classes + " classes, but its logits are for " + Math.max(2, outputs));
    }
  }

  /** The refusal of one node. */
  InvalidModelException unsupported(NodeProto node, String what) {
    return new InvalidModelException(source, describe(node) + ": " + what);
  }

  /** The dimensions of an initializer. */
  static List<Integer> shape(TensorProto tensor) {
    List<Integer> shape = new ArrayList<>();
    for (long dimension : tensor.getDimsList()) {
      shape.add(Math.toIntExact(dimension));
    }
    return shape;
  }

  /** Whether an initializer holds float32 values. */
  static boolean isFloat(TensorProto tensor) {
    return tensor.getDataType() == FLOAT;
  }

  /** A node's attribute of type int, or its default. */
  static long attribute(NodeProto node, String name, long otherwise) {
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.getName().equals(name)) {
        return attribute.getI();
      }
    }
    return otherwise;
  }

  /**
   * How a message names a node: by operator and, since many exporters leave the name empty, by what
   * it computes.
   */
  static String describe(NodeProto node) {
    String type = type(node);
    if (!node.getName().isEmpty()) {
      return type + " (node '" + node.getName() + "')";
    }
    return type
        + " (the node that computes '"
        + (node.getOutputCount() > 0 ? node.getOutput(0) : "")
        + "')";
  }

  /** A node's operator, with its domain when that is not ONNX's own. */
  static String type(NodeProto node) {
    return isStandard(node.getDomain())
        ? node.getOpType()
        : node.getDomain() + "." + node.getOpType();
  }

  static boolean isStandard(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }

  private static long opset(ModelProto model, String source) {
    for (OperatorSetIdProto set : model.getOpsetImportList()) {
      if (isStandard(set.getDomain())) {
        return set.getVersion();
      }
    }
    throw new InvalidModelException(
        source, "not an ONNX model, or truncated: it states no opset version");
  }

  private void requireSize(TensorProto initializer) {
    long size = 1;
    for (long dimension : initializer.getDimsList()) {
      // Both factors stay below 2³¹, so the product cannot overflow before it is checked.
      size = dimension < 0 || dimension > Integer.MAX_VALUE ? Long.MAX_VALUE : size * dimension;
      if (size > Integer.MAX_VALUE) {
        throw new InvalidModelException(
            source,
            "initializer '"
                + initializer.getName()
                + "' has an impossible shape "
                + initializer.getDimsList());
      }
    }
  }

  private void readInputs(GraphProto graph, ModelOptions options) {
    for (ValueInfoProto candidate : graph.getInputList()) {
      // Files of IR version 3 list their initializers among the inputs.
      if (!initializers.containsKey(candidate.getName())) {
        inputs.add(input(candidate, options));
      }
    }
    long width = inputs.stream().mapToLong(input -> input.shape().size()).sum();
    if (inputs.isEmpty() || width < 1 || width > MAX_WIDTH) {
      throw new InvalidModelException(
          source, "must have inputs of 1 to " + MAX_WIDTH + " columns, has " + width);
    }
  }

  private Input input(ValueInfoProto info, ModelOptions options) {
    String name = info.getName();
    TypeProto.Tensor type = info.getType().getTensorType();
    int element = type.getElemType();
    boolean whole =
        element == TensorProto.DataType.INT64_VALUE
            || element == TensorProto.DataType.INT32_VALUE
            || element == TensorProto.DataType.BOOL_VALUE;
    int rank = type.getShape().getDimCount();
    if (!info.getType().hasTensorType() || (element != FLOAT && !whole) || rank < 1) {
      throw new InvalidModelException(
          source,
          "input '"
              + name
              + "' must be a float32 tensor (or int64, int32, bool) of shape [N, columns] or [N, …]");
    }
    TensorShapeProto.Dimension records = type.getShape().getDim(0);
    if (!options.openRows() && records.hasDimValue() && records.getDimValue() > 0) {
      throw new InvalidModelException(
          source,
          "input '"
              + name
              + "' has a fixed number of rows ("
              + records.getDimValue()
              + "): export it with a dynamic first dimension, or pass --open-rows");
    }
    int[] dims = new int[rank];
    dims[0] = 1;
    for (int axis = 1; axis < rank; axis++) {
      dims[axis] = extent(name, axis, type.getShape().getDim(axis), options);
    }
    try {
      return new Input(name, TensorContents.type(element), new Shape(dims, 0));
    } catch (IllegalArgumentException e) {
      throw new InvalidModelException(source, "input '" + name + "': " + e.getMessage(), e);
    }
  }

  private int extent(
      String input, int axis, TensorShapeProto.Dimension dimension, ModelOptions options) {
    Integer given = options.dimensions().get(dimension.getDimParam());
    long extent = given != null ? given : dimension.getDimValue();
    if (extent < 1 || extent > MAX_WIDTH) {
      String named =
          dimension.getDimParam().isEmpty() ? "" : " ('" + dimension.getDimParam() + "')";
      throw new InvalidModelException(
          source,
          "input '"
              + input
              + "' must state its number of columns, 1 to "
              + MAX_WIDTH
              + ": dimension "
              + axis
              + named
              + " is open"
              + (named.isEmpty() ? "" : ", give its extent"));
    }
    return (int) extent;
  }

  private ValueInfoProto floatOutput(GraphProto graph, ModelOptions options) {
    List<ValueInfoProto> outputs = new ArrayList<>();
    for (ValueInfoProto candidate : graph.getOutputList()) {
      boolean asked = options.output().map(candidate.getName()::equals).orElse(true);
      if (asked && isNumbers(candidate)) {
        outputs.add(candidate);
      }
    }
    if (outputs.size() != 1) {
      List<String> names = graph.getOutputList().stream().map(ValueInfoProto::getName).toList();
      throw new InvalidModelException(
          source,
          options.output().isPresent()
              ? "has no float32 tensor '" + options.output().get() + "' among its outputs " + names
              : "must have exactly one float32 tensor among its outputs, has "
                  + outputs.size()
                  + " among "
                  + names);
    }
    return outputs.get(0);
  }

  private boolean isNumbers(ValueInfoProto candidate) {
    NodeProto producer = producers.get(candidate.getName());
    return candidate.getType().hasTensorType()
        ? candidate.getType().getTensorType().getElemType() == FLOAT
        : producer != null && isZipMap(producer);
  }

  private static boolean isZipMap(NodeProto node) {
    return node.getDomain().equals(LinearModels.DOMAIN)
        && node.getOpType().equals("ZipMap")
        && node.getInputCount() == 1;
  }

  private void note(List<NodeProto> computing) {
    for (NodeProto node : computing) {
      node.getOutputList().forEach(name -> producers.put(name, node));
    }
  }

  private List<NodeProto> ancestors(List<NodeProto> all, String value) {
    Set<NodeProto> needed = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<String> open = new ArrayDeque<>(List.of(value));
    while (!open.isEmpty()) {
      NodeProto node = producers.get(open.pop());
      if (node != null && needed.add(node)) {
        node.getInputList().forEach(open::push);
      }
    }
    // ONNX demands a topological order in the file; a value used before it is computed is a defect.
    List<NodeProto> ordered = new ArrayList<>();
    Set<String> computed = new HashSet<>(initializers.keySet());
    inputs.forEach(input -> computed.add(input.name()));
    for (NodeProto node : all) {
      if (!needed.contains(node)) {
        continue;
      }
      for (String name : node.getInputList()) {
        if (!name.isEmpty() && !computed.contains(name)) {
          throw new InvalidModelException(
              source, describe(node) + " reads '" + name + "', which nothing before it computes");
        }
      }
      computed.addAll(node.getOutputList());
      ordered.add(node);
    }
    if (!computed.contains(value)) {
      throw new InvalidModelException(
          source, "its output reads '" + value + "', which nothing computes");
    }
    return List.copyOf(ordered);
  }
}
