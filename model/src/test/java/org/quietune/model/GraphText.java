package org.quietune.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ONNX nodes, those of {@code ai.onnx.ml} as {@code ml.Scaler}, from lines such as {@code b =
 * Conv(a, k:4x2x3x3, _) pads=[1,1,1,1] auto_pad='VALID'}.
 *
 * <p>An operand is a name; {@code _}, left out; {@code k:4x2}, a new initializer of random floats;
 * {@code #3}, {@code #[1,2]}, {@code #0.5}, a constant, float when it has a point.
 */
final class GraphText {
  private static final Pattern LINE = Pattern.compile("([\\w, ]+) = ([\\w.]+)\\((.*?)\\)( .*)?");
  private static final Pattern ATTRIBUTE = Pattern.compile("(\\w+)=(\\[[^]]*]|'[^']*'|\\S+)");
  private static final Pattern OPERAND = Pattern.compile("#\\[[^]]*]|[^,\\s]+");

  private final GraphProto.Builder graph;
  private int constants;

  GraphText(GraphProto.Builder graph) {
    this.graph = graph;
  }

  void add(String lines) {
    for (String line : lines.split(";", -1)) {
      Matcher matcher = LINE.matcher(line.strip());
      if (!matcher.matches()) {
        throw new IllegalArgumentException(line);
      }
      NodeProto.Builder node = NodeProto.newBuilder();
      boolean own = matcher.group(2).startsWith("ml.");
      node.setOpType(own ? matcher.group(2).substring("ml.".length()) : matcher.group(2));
      node.setDomain(own ? LinearModels.DOMAIN : "");
      for (String output : matcher.group(1).split(",", -1)) {
        node.addOutput(output.strip().equals("_") ? "" : output.strip());
      }
      Matcher operands = OPERAND.matcher(matcher.group(3));
      while (operands.find()) {
        node.addInput(operand(operands.group()));
      }
      if (matcher.group(4) != null) {
        Matcher attributes = ATTRIBUTE.matcher(matcher.group(4));
        while (attributes.find()) {
          node.addAttribute(attribute(attributes.group(1), attributes.group(2)));
        }
      }
      graph.addNode(node);
    }
  }

  private String operand(String text) {
    if (text.equals("_")) {
      return "";
    }
    if (text.startsWith("#")) {
      String name = "constant" + constants++;
      graph.addInitializer(constant(name, text.substring(1)));
      return name;
    }
    int colon = text.indexOf(':');
    if (colon < 0) {
      return text;
    }
    String name = text.substring(0, colon);
    long[] shape =
        Arrays.stream(text.substring(colon + 1).split("x", -1))
            .mapToLong(Long::parseLong)
            .toArray();
    graph.addInitializer(ForeignModels.packed(name, name.hashCode(), shape));
    return name;
  }

  private static TensorProto constant(String name, String text) {
    boolean vector = text.startsWith("[");
    List<String> parts = list(text);
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name);
    boolean floats = text.contains(".");
    tensor.setDataType(
        floats ? TensorProto.DataType.FLOAT_VALUE : TensorProto.DataType.INT64_VALUE);
    if (vector) {
      tensor.addDims(parts.size());
    }
    for (String part : parts) {
      if (floats) {
        tensor.addFloatData(Float.parseFloat(part));
      } else {
        tensor.addInt64Data(Long.parseLong(part));
      }
    }
    return tensor.build();
  }

  private static List<String> list(String text) {
    String inside = text.startsWith("[") ? text.substring(1, text.length() - 1) : text;
    List<String> parts = new ArrayList<>();
    for (String part : inside.split(",", -1)) {
      if (!part.isBlank()) {
        parts.add(part.strip());
      }
    }
    return parts;
  }

  private static AttributeProto attribute(String name, String text) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
    if (text.startsWith("'")) {
      return attribute
          .setType(AttributeProto.AttributeType.STRING)
          .setS(com.google.protobuf.ByteString.copyFromUtf8(text.substring(1, text.length() - 1)))
          .build();
    }
    if (text.startsWith("[") && text.contains(".")) {
      attribute.setType(AttributeProto.AttributeType.FLOATS);
      list(text).forEach(part -> attribute.addFloats(Float.parseFloat(part)));
      return attribute.build();
    }
    if (text.startsWith("[")) {
      attribute.setType(AttributeProto.AttributeType.INTS);
      list(text).forEach(part -> attribute.addInts(Long.parseLong(part)));
      return attribute.build();
    }
    if (text.contains(".") || text.equals("NaN")) {
      return attribute
          .setType(AttributeProto.AttributeType.FLOAT)
          .setF(Float.parseFloat(text))
          .build();
    }
    return attribute.setType(AttributeProto.AttributeType.INT).setI(Long.parseLong(text)).build();
  }
}
