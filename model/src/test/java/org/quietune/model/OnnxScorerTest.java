package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxScorerTest {
  @Test
  void scoresAFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("m.onnx");
    ModelFile.logistic(List.of("a"), TestModels.preprocessing(1), 2)
        .withParameters(new double[] {0, Math.log(3)})
        .save(file);
    try (OnnxScorer scorer = OnnxScorer.open(file)) {
      assertArrayEquals(
          new float[] {0.75f, 0.75f}, scorer.probabilities(new float[2], 2, 1), 1e-6f);
      assertEquals(
          file + ": the model reads 1 input columns, but was given 2",
          assertThrows(InvalidModelException.class, () -> scorer.probabilities(new float[2], 1, 2))
              .getMessage());
      assertThrows(IllegalArgumentException.class, () -> scorer.probabilities(new float[3], 2, 1));
      assertThrows(IllegalArgumentException.class, () -> scorer.probabilities(new float[0], 0, 1));
    }
  }

  @Test
  void picksTheProbabilitiesBesideALabel() {
    // As scikit-learn's exporter without ZipMap: an int64 label first, then float probabilities.
    GraphProto.Builder graph =
        GraphProto.newBuilder(ForeignModels.graph("x", "probabilities").build())
            .addInitializer(ForeignModels.packed("w", 1, ForeignModels.WIDTH, 3))
            .addNode(ForeignModels.node("MatMul", "z", "x", "w"))
            .addNode(ForeignModels.node("Softmax", "probabilities", "z"))
            .addNode(
                ForeignModels.node("ArgMax", "label", "z").toBuilder()
                    .addAttribute(
                        AttributeProto.newBuilder()
                            .setName("axis")
                            .setType(AttributeProto.AttributeType.INT)
                            .setI(1)));
    graph
        .addOutputBuilder()
        .setName("label")
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .setElemType(TensorProto.DataType.INT64_VALUE);
    byte[] bytes = ForeignModels.model(graph).toByteArray();
    Batch batch = TestModels.batch(5, ForeignModels.WIDTH, 3, 1);
    ModelFile file = ModelFile.parse(bytes, "sk.onnx");
    try (OnnxScorer scorer = OnnxScorer.of(bytes);
        Network network = Network.of(file)) {
      double[] ours = TestModels.probabilities(network.logits(file.parameterValues(), batch), 3);
      float[] theirs = scorer.probabilities(batch.features(), 5, ForeignModels.WIDTH);
      for (int i = 0; i < ours.length; i++) {
        assertEquals(theirs[i], ours[i], 1e-5);
      }
    }
  }

  @Test
  void refusesWithOneLine(@TempDir Path folder) throws IOException {
    assertRefused("no such file", () -> OnnxScorer.open(folder.resolve("none.onnx")));
    assertRefused("cannot be read as a file", () -> OnnxScorer.open(folder));
    Path text = folder.resolve("text.onnx");
    Files.writeString(text, "not a model");
    assertRefused("text.onnx: ONNX Runtime cannot load it", () -> OnnxScorer.open(text));
    assertRefused(
        "is a list of maps, not a tensor: export it without ZipMap", () -> OnnxScorer.of(zipMap()));
    assertRefused(
        "input 'x' has a fixed number of rows (1)",
        () -> {
          GraphProto.Builder graph =
              ForeignModels.graph("x", "y").addNode(ForeignModels.node("Sigmoid", "y", "x"));
          graph
              .getInputBuilder(0)
              .getTypeBuilder()
              .getTensorTypeBuilder()
              .getShapeBuilder()
              .getDimBuilder(0)
              .setDimValue(1);
          OnnxScorer.of(ForeignModels.model(graph).toByteArray());
        });
    assertRefused(
        "must have exactly one input, has 2",
        () ->
            OnnxScorer.of(
                ForeignModels.model(
                        ForeignModels.graph("x", "y")
                            .addInput(ForeignModels.value("second", ForeignModels.WIDTH))
                            .addNode(ForeignModels.node("Add", "y", "x", "second")))
                    .toByteArray()));
  }

  /**
   * A classifier with scikit-learn's default output: a sequence of maps from class to probability.
   */
  private static byte[] zipMap() {
    GraphProto.Builder graph =
        ForeignModels.graph("x", "p")
            .clearOutput()
            .addNode(ForeignModels.node("Softmax", "p", "x"))
            .addNode(
                ForeignModels.node("ZipMap", "output_probability", "p").toBuilder()
                    .setDomain("ai.onnx.ml")
                    .addAttribute(
                        AttributeProto.newBuilder()
                            .setName("classlabels_int64s")
                            .setType(AttributeProto.AttributeType.INTS)
                            .addAllInts(List.of(0L, 1L, 2L, 3L))));
    TypeProto map =
        TypeProto.newBuilder()
            .setMapType(
                TypeProto.Map.newBuilder()
                    .setKeyType(TensorProto.DataType.INT64_VALUE)
                    .setValueType(
                        TypeProto.newBuilder()
                            .setTensorType(
                                TypeProto.Tensor.newBuilder()
                                    .setElemType(TensorProto.DataType.FLOAT_VALUE))))
            .build();
    graph
        .addOutputBuilder()
        .setName("output_probability")
        .getTypeBuilder()
        .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(map));
    ModelProto model =
        ForeignModels.model(graph).toBuilder()
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("ai.onnx.ml").setVersion(1))
            .build();
    return model.toByteArray();
  }

  private static void assertRefused(String part, Runnable action) {
    InvalidModelException refused = assertThrows(InvalidModelException.class, action::run);
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(part), message);
    assertEquals(1, message.lines().count(), message);
  }
}
