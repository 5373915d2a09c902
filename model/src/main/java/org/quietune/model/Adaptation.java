package org.quietune.model;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes another tool's file one that tells by itself how it is used: extents that it left open are
 * written into its inputs, a number of rows that it fixed is left open, one output is kept, and the
 * names of the columns that feed its inputs are added; where wanted, a last layer is put on the
 * output. Nodes and tensors that were there stay as they are.
 *
 * <p>The new layer reads the output if that is [N, features], and its first position, which is
 * BERT's {@code [CLS]}, if that is [N, positions, features]. Its weights start at zero.
 */
public final class Adaptation {
  private static final String WEIGHT = "quietune.head.weight";
  private static final String BIAS = "quietune.head.bias";

  private final ModelFile file;
  private final ModelProto.Builder model;
  private ModelOptions options;

  private Adaptation(ModelFile file) {
    this.file = file;
    this.model = file.proto().toBuilder();
    this.options = file.options();
  }

  /**
   * Starts from a file with the extents and the output that {@code options} name.
   *
   * @throws InvalidModelException when it cannot be read, or a name occurs nowhere in it
   */
  public static Adaptation of(Path path, ModelOptions options) {
    ModelFile file = ModelFile.load(path, options);
    Adaptation adaptation = new Adaptation(file);
    if (options.openRows()) {
      adaptation.openRows();
    }
    adaptation.fixDimensions();
    adaptation.keepOutput();
    return adaptation;
  }

  /** The file as it was read. */
  public ModelFile source() {
    return file;
  }

  /** The inputs' numbers of entries, by name, in the order in which a record holds them. */
  public Map<String, Integer> inputs() {
    Map<String, Integer> widths = new LinkedHashMap<>();
    file.graph().inputs().forEach(input -> widths.put(input.name(), input.shape().size()));
    return widths;
  }

  /** Names the columns of a record. */
  public Adaptation columns(List<String> columns) {
    try {
      metadata(ModelFile.INPUT_COLUMNS_KEY, new ObjectMapper().writeValueAsString(columns));
    } catch (JsonProcessingException e) {
      throw new AssertionError("a list of strings is always JSON", e);
    }
    return this;
  }

  /** Puts a layer on the output that tells classes, at least 2. */
  public Adaptation classes(int classes) {
    return head(Target.classes(classes), Loss.crossEntropy());
  }

  /** Puts a layer on the output that predicts a number. */
  public Adaptation number(Loss loss) {
    return head(Target.number(loss), loss);
  }

  /**
   * The new file.
   *
   * @throws InvalidModelException when it cannot be used
   */
  public ModelFile file() {
    return ModelFile.parse(model.build().toByteArray(), file.graph().source(), options);
  }

  private Adaptation head(Target target, Loss loss) {
    GraphProto.Builder graph = model.getGraphBuilder();
    String value = graph.getOutput(0).getName();
    long[] shape = outputShape(value);
    if (shape.length != 2 && shape.length != 3) {
      throw new InvalidModelException(
          file.graph().source(),
          "output '"
              + value
              + "' has "
              + shape.length
              + " dimensions: a last layer needs [N, features] or [N, positions, features]");
    }
    if (shape.length == 3) {
      graph.addInitializer(
          TensorProto.newBuilder()
              .setName("quietune.head.position")
              .setDataType(TensorProto.DataType.INT64_VALUE)
              .addInt64Data(0));
      value =
          node(
              NodeProto.newBuilder()
                  .setOpType("Gather")
                  .addInput(value)
                  .addInput("quietune.head.position")
                  .addAttribute(Attributes.integer("axis", 1)),
              "quietune.head.first");
    }
    int features = Math.toIntExact(shape[shape.length - 1]);
    graph.addInitializer(
        ModelBuilder.tensor(
            WEIGHT, new float[target.outputs() * features], target.outputs(), features));
    graph.addInitializer(ModelBuilder.tensor(BIAS, new float[target.outputs()], target.outputs()));
    value =
        node(
            NodeProto.newBuilder()
                .setOpType("Gemm")
                .addInput(value)
                .addInput(WEIGHT)
                .addInput(BIAS)
                .addAttribute(Attributes.integer("transB", 1)),
            "quietune.head.logits");
    String operator = target.operator().isEmpty() ? "Identity" : target.operator();
    String output =
        node(
            NodeProto.newBuilder().setOpType(operator).addInput(value),
            "quietune." + target.output());
    graph
        .clearOutput()
        .addOutput(ModelBuilder.tensorInfo(output, target.outputs(), target.documentation()));
    metadata(target.key(), target.value());
    options = ModelOptions.defaults().withLoss(loss);
    return this;
  }

  /** The extents of the output for one record, from ONNX Runtime. */
  private long[] outputShape(String output) {
    try (OnnxSession session =
        new OnnxSession(model.build().toByteArray(), file.graph().source())) {
      List<Graph.Input> inputs = file.graph().inputs();
      return session
          .run(inputs, new float[file.inputWidth()], 0, 1, List.of(output))
          .get(0)
          .shape();
    }
  }

  private String node(NodeProto.Builder node, String output) {
    model.getGraphBuilder().addNode(node.setName(output).addOutput(output));
    return output;
  }

  /** Leaves the first extent of all inputs and outputs open. */
  private void openRows() {
    GraphProto.Builder graph = model.getGraphBuilder();
    Stream.concat(
            graph.getInputBuilderList().stream().filter(this::isInput),
            graph.getOutputBuilderList().stream())
        .filter(value -> value.getType().hasTensorType())
        .map(value -> value.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder())
        .filter(shape -> shape.getDimCount() > 0)
        .forEach(shape -> shape.getDimBuilder(0).setDimParam("N"));
    // What the exporter noted of the shapes in between was for its number of records.
    graph.clearValueInfo();
  }

  /** Files of IR version 3 list their initializers among the inputs. */
  private boolean isInput(ValueInfoProto.Builder value) {
    return file.graph().inputs().stream().anyMatch(input -> input.name().equals(value.getName()));
  }

  /** The first dimension counts records and stays open. */
  private void fixDimensions() {
    GraphProto.Builder graph = model.getGraphBuilder();
    Set<String> unknown = new HashSet<>(options.dimensions().keySet());
    List<String> open = new ArrayList<>();
    for (ValueInfoProto.Builder input : graph.getInputBuilderList()) {
      TypeProto.Tensor.Builder type = input.getTypeBuilder().getTensorTypeBuilder();
      TensorShapeProto.Builder shape = type.getShapeBuilder();
      for (int axis = 0; axis < shape.getDimCount(); axis++) {
        TensorShapeProto.Dimension.Builder dimension = shape.getDimBuilder(axis);
        Integer extent = options.dimensions().get(dimension.getDimParam());
        if (!dimension.getDimParam().isEmpty()) {
          open.add(dimension.getDimParam());
        }
        unknown.remove(dimension.getDimParam());
        if (axis > 0 && extent != null) {
          dimension.setDimValue(extent);
        }
      }
    }
    if (!unknown.isEmpty()) {
      throw new InvalidModelException(
          file.graph().source(),
          "no input has a dimension "
              + unknown
              + "; open are "
              + open.stream().distinct().toList());
    }
    options =
        new ModelOptions(Map.of(), options.output(), options.trained(), options.loss(), false);
  }

  private void keepOutput() {
    GraphProto.Builder graph = model.getGraphBuilder();
    String kept = file.graph().declaredOutput();
    for (int i = graph.getOutputCount() - 1; i >= 0; i--) {
      if (!graph.getOutput(i).getName().equals(kept)) {
        graph.removeOutput(i);
      }
    }
  }

  private void metadata(String key, String value) {
    model.addMetadataProps(StringStringEntryProto.newBuilder().setKey(key).setValue(value));
  }
}
