package org.quietune.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;

/**
 * Writes the ONNX graphs that pretraining starts from: raw columns in, preprocessing as nodes, Gemm
 * layers, probabilities out. Opset 17, IR version 8.
 */
final class ModelBuilder {
  private static final long OPSET = 17;
  private static final long IR_VERSION = 8;

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final Target target;
  private final int outputs;
  private String value = "features";
  private int width;

  private ModelBuilder(
      String name, List<String> columns, Preprocessing preprocessing, Target target) {
    if (columns.size() != preprocessing.width()) {
      throw new IllegalArgumentException(
          "columns ("
              + columns.size()
              + ") and preprocessing ("
              + preprocessing.width()
              + ") differ in number");
    }
    HashSet<String> seen = new HashSet<>();
    for (String column : columns) {
      if (!seen.add(column)) {
        throw new IllegalArgumentException(
            "columns must be distinct, '" + column + "' occurs twice");
      }
    }
    this.target = target;
    this.outputs = target.outputs();
    this.width = columns.size();
    graph.setName(name);
    graph.addInput(
        tensorInfo(
            "features",
            width,
            "Raw input columns in the order of the metadata "
                + ModelFile.INPUT_COLUMNS_KEY
                + ", unscaled. NaN means missing; "
                + "infinities are allowed. Imputation, clipping and scaling are nodes of this graph."));
    preprocess(preprocessing);
  }

  static ModelProto logistic(List<String> columns, Preprocessing preprocessing, Target target) {
    ModelBuilder builder = new ModelBuilder("quietune-logistic", columns, preprocessing, target);
    builder.dense("output", new float[builder.outputs * builder.width], builder.outputs);
    return builder.finish(columns);
  }

  static ModelProto mlp(
      List<String> columns,
      Preprocessing preprocessing,
      Target target,
      List<Integer> hidden,
      long seed,
      Activation activation) {
    if (hidden.isEmpty()) {
      throw new IllegalArgumentException("hidden must name at least one layer width");
    }
    ModelBuilder builder = new ModelBuilder("quietune-mlp", columns, preprocessing, target);
    SplitMix64 random = new SplitMix64(seed);
    for (int layer = 0; layer < hidden.size(); layer++) {
      int units = hidden.get(layer);
      if (units < 1) {
        throw new IllegalArgumentException(
            "hidden[" + layer + "] must be at least 1, was " + units);
      }
      String name = "hidden" + (layer + 1);
      builder.dense(
          name,
          normal(random, units * builder.width, activation.initialStddev(builder.width, units)),
          units);
      builder.node(activation.operator(), name + "_active", builder.value);
    }
    double stddev = Activation.TANH.initialStddev(builder.width, builder.outputs);
    builder.dense(
        "output", normal(random, builder.outputs * builder.width, stddev), builder.outputs);
    return builder.finish(columns);
  }

  static ModelProto cnn(
      List<String> columns,
      Preprocessing preprocessing,
      ConvolutionalShape sizes,
      Target target,
      long seed) {
    int rows = sizes.channels() * sizes.height();
    if (columns.size() % rows != 0) {
      throw new IllegalArgumentException(
          "channels × height = "
              + rows
              + " must divide the number of columns, which is "
              + columns.size());
    }
    ModelBuilder builder = new ModelBuilder("quietune-cnn", columns, preprocessing, target);
    SplitMix64 random = new SplitMix64(seed);
    int[] space = {sizes.height(), columns.size() / rows};
    builder.node(
        "Reshape",
        "image",
        builder.value,
        builder.shape("image.shape", -1, sizes.channels(), space[0], space[1]));
    builder.convolution("conv1", random, sizes.channels(), sizes.firstFilters(), 8, 2, space);
    builder.convolution("conv2", random, sizes.firstFilters(), sizes.secondFilters(), 4, 0, space);
    builder.width = sizes.secondFilters() * space[0] * space[1];
    builder.node("Flatten", "flat", builder.value);
    int flat = builder.width;
    int hidden = sizes.hidden();
    double stddev = Activation.TANH.initialStddev(flat, hidden);
    builder.dense("hidden", normal(random, hidden * flat, stddev), hidden);
    builder.node("Tanh", "hidden_active", builder.value);
    double last = Activation.TANH.initialStddev(hidden, builder.outputs);
    builder.dense("output", normal(random, builder.outputs * hidden, last), builder.outputs);
    return builder.finish(columns);
  }

  /** A convolution of stride 2, tanh, and a pooling of stride 1; leaves the new extents. */
  private void convolution(
      String name,
      SplitMix64 random,
      int channels,
      int filters,
      int kernel,
      int padding,
      int[] space) {
    int area = kernel * kernel;
    double stddev = Activation.TANH.initialStddev(channels * area, filters * area);
    graph.addInitializer(
        tensor(
            name + ".weight",
            normal(random, filters * channels * area, stddev),
            filters,
            channels,
            kernel,
            kernel));
    graph.addInitializer(tensor(name + ".bias", new float[filters], filters));
    node("Conv", name + "_linear", value, name + ".weight", name + ".bias");
    attribute("strides", 2, 2);
    attribute("pads", padding, padding, padding, padding);
    node("Tanh", name + "_active", value);
    node("MaxPool", name + "_pooled", value);
    attribute("kernel_shape", 2, 2);
    for (int axis = 0; axis < 2; axis++) {
      int windows = (space[axis] + 2 * padding - kernel) / 2 + 1;
      if (space[axis] + 2 * padding < kernel || windows < 2) {
        throw new IllegalArgumentException(
            "images of this size are too small for the convolutions (28 × 28 fits)");
      }
      space[axis] = windows - 1;
    }
  }

  /** Adds an attribute to the last node. */
  private void attribute(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long one : values) {
      attribute.addInts(one);
    }
    graph.getNodeBuilder(graph.getNodeCount() - 1).addAttribute(attribute);
  }

  private String shape(String name, long... extents) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.INT64_VALUE)
            .addDims(extents.length);
    for (long extent : extents) {
      tensor.addInt64Data(extent);
    }
    graph.addInitializer(tensor);
    return name;
  }

  private void preprocess(Preprocessing preprocessing) {
    node("IsNaN", "missing", "features");
    node(
        "Where",
        "imputed",
        "missing",
        constant("preprocessing.fill", preprocessing.fill()),
        "features");
    node("Max", "raised", value, constant("preprocessing.lower", preprocessing.lower()));
    node("Min", "clamped", value, constant("preprocessing.upper", preprocessing.upper()));
    node("Sub", "centered", value, constant("preprocessing.center", preprocessing.center()));
    node("Div", "standardized", value, constant("preprocessing.scale", preprocessing.scale()));
  }

  private void dense(String name, float[] weight, int units) {
    graph.addInitializer(tensor(name + ".weight", weight, units, width));
    graph.addInitializer(tensor(name + ".bias", new float[units], units));
    node("Gemm", name + "_linear", value, name + ".weight", name + ".bias");
    graph.getNodeBuilder(graph.getNodeCount() - 1).addAttribute(Attributes.integer("transB", 1));
    width = units;
  }

  private ModelProto finish(List<String> columns) {
    // A number is the last layer's own output, under another name.
    node(target.operator().isEmpty() ? "Identity" : target.operator(), target.output(), value);
    graph.addOutput(tensorInfo(target.output(), outputs, target.documentation()));
    try {
      return ModelProto.newBuilder()
          .setIrVersion(IR_VERSION)
          .setProducerName("quietune")
          .setProducerVersion(version())
          .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
          .setGraph(graph)
          .addMetadataProps(
              metadata(ModelFile.INPUT_COLUMNS_KEY, new ObjectMapper().writeValueAsString(columns)))
          .addMetadataProps(metadata(target.key(), target.value()))
          .build();
    } catch (JsonProcessingException e) {
      throw new AssertionError("a list of strings is always JSON", e);
    }
  }

  private void node(String operator, String output, String... inputs) {
    graph.addNode(
        NodeProto.newBuilder()
            .setName(output)
            .setOpType(operator)
            .addAllInput(List.of(inputs))
            .addOutput(output));
    value = output;
  }

  private String constant(String name, float[] values) {
    graph.addInitializer(tensor(name, values, values.length));
    return name;
  }

  static TensorProto tensor(String name, float[] values, long... shape) {
    ByteBuffer buffer =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .setRawData(ByteString.copyFrom(buffer));
    for (long dimension : shape) {
      tensor.addDims(dimension);
    }
    return tensor.build();
  }

  static ValueInfoProto tensorInfo(String name, int columns, String documentation) {
    TensorShapeProto shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(columns))
            .build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setDocString(documentation)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT_VALUE)
                        .setShape(shape)))
        .build();
  }

  private static StringStringEntryProto metadata(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static float[] normal(SplitMix64 random, int size, double stddev) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (stddev * random.nextGaussian());
    }
    return values;
  }

  private static String version() {
    Properties properties = new Properties();
    try (InputStream in = ModelBuilder.class.getResourceAsStream("version.properties")) {
      if (in == null) {
        throw new AssertionError("version.properties is part of this module");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "");
  }
}
