package org.quietune.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;

/** Graphs in the shapes that other tools write. */
final class ForeignModels {
  static final int WIDTH = 4;

  private ForeignModels() {}

  /**
   * MatMul and Add instead of Gemm, packed float_data instead of raw bytes, a bias given first, odd
   * names.
   */
  static ModelFile kerasStyle() {
    GraphProto.Builder graph =
        graph("dense_input", "Identity:0")
            .addInitializer(packed("kernel1", 1, WIDTH, 3))
            .addInitializer(packed("bias1", 2, 3))
            .addInitializer(packed("kernel2", 3, 3, 2))
            .addInitializer(packed("bias2", 4, 1, 2))
            .addNode(node("MatMul", "h", "dense_input", "kernel1"))
            .addNode(node("Add", "hb", "bias1", "h"))
            .addNode(node("Relu", "r", "hb"))
            .addNode(node("MatMul", "z", "r", "kernel2"))
            .addNode(node("Add", "zb", "z", "bias2"))
            .addNode(node("Softmax", "p", "zb"))
            .addNode(node("Identity", "Identity:0", "p"));
    return file(graph);
  }

  /** One weight and one bias used by two layers. */
  static ModelFile sharedWeight() {
    GraphProto.Builder graph =
        graph("x", "y")
            .addInitializer(packed("w", 5, WIDTH, WIDTH))
            .addInitializer(packed("b", 6, WIDTH))
            .addInitializer(packed("head", 7, WIDTH, 1))
            .addNode(node("Gemm", "h1", "x", "w", "b"))
            .addNode(node("Tanh", "t1", "h1"))
            .addNode(node("Gemm", "h2", "t1", "w", "b"))
            .addNode(node("Tanh", "t2", "h2"))
            .addNode(node("MatMul", "z", "t2", "head"))
            .addNode(node("Sigmoid", "y", "z"));
    return file(graph);
  }

  /** Gemm with alpha, beta and transB, a layer without bias, and a frozen scalar in between. */
  static ModelFile scaledGemm() {
    GraphProto.Builder graph =
        graph("x", "y")
            .addInitializer(packed("w", 8, 3, WIDTH))
            .addInitializer(packed("b", 9, 3))
            .addInitializer(packed("factor", 10, 1))
            .addInitializer(packed("head", 11, 3, 1))
            .addNode(
                node("Gemm", "h", "x", "w", "b").toBuilder()
                    .addAttribute(attribute("alpha", 0.5f))
                    .addAttribute(attribute("beta", 2f))
                    .addAttribute(
                        AttributeProto.newBuilder()
                            .setName("transB")
                            .setType(AttributeProto.AttributeType.INT)
                            .setI(1)))
            .addNode(node("Mul", "m", "h", "factor"))
            .addNode(node("Tanh", "t", "m"))
            .addNode(
                node("Gemm", "z", "t", "head").toBuilder().addAttribute(attribute("alpha", 3f)))
            .addNode(node("Sigmoid", "y", "z"));
    return file(graph);
  }

  /** A graph that ends in the given nodes, after one trainable MatMul "z". */
  static byte[] endingIn(NodeProto... nodes) {
    GraphProto.Builder graph =
        graph("x", "y")
            .addInitializer(packed("w", 1, WIDTH, 2))
            .addNode(node("MatMul", "z", "x", "w"));
    for (NodeProto node : nodes) {
      graph.addNode(node);
    }
    return model(graph).toByteArray();
  }

  static NodeProto node(String type, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .addOutput(output)
        .addAllInput(List.of(inputs))
        .build();
  }

  static GraphProto.Builder graph(String input, String output) {
    return GraphProto.newBuilder()
        .setName("foreign")
        .addInput(value(input, WIDTH))
        .addOutput(
            ValueInfoProto.newBuilder()
                .setName(output)
                .setType(
                    TypeProto.newBuilder()
                        .setTensorType(
                            TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT_VALUE))));
  }

  static ValueInfoProto value(String name, int width) {
    ValueInfoProto.Builder value = ValueInfoProto.newBuilder().setName(name);
    value
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .setElemType(TensorProto.DataType.FLOAT_VALUE)
        .getShapeBuilder()
        .addDimBuilder()
        .setDimParam("batch");
    value
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .getShapeBuilder()
        .addDimBuilder()
        .setDimValue(width);
    return value.build();
  }

  static TensorProto packed(String name, long seed, long... shape) {
    SplitMix64 random = new SplitMix64(seed);
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
    long size = 1;
    for (long dimension : shape) {
      tensor.addDims(dimension);
      size *= dimension;
    }
    for (long i = 0; i < size; i++) {
      tensor.addFloatData((float) random.nextGaussian());
    }
    return tensor.build();
  }

  static ModelProto model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setProducerName("another tool")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
        .setGraph(graph)
        .build();
  }

  private static ModelFile file(GraphProto.Builder graph) {
    return ModelFile.parse(model(graph).toByteArray(), "foreign.onnx");
  }

  private static AttributeProto.Builder attribute(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value);
  }
}
