package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
  private static final ModelFile MLP = TestModels.mlp(5, 3, List.of(4), Activation.RELU);

  private static final List<ModelFile> SAMPLES =
      List.of(
          MLP,
          ForeignModels.kerasStyle(),
          ForeignModels.sharedWeight(),
          ForeignModels.scaledGemm(),
          scikitLearn("logistic"),
          scikitLearn("softmax"),
          scikitLearn("perceptron-2"));

  private static ModelFile scikitLearn(String name) {
    return ModelFile.load(Path.of("src", "test", "resources", "sklearn", name + ".onnx"));
  }

  @Test
  void describesWhatItBuilt() {
    assertEquals(TestModels.columns(5), MLP.inputColumns());
    assertEquals(5, MLP.inputWidth());
    assertEquals(3, MLP.classes());
    assertEquals(4 * 5 + 4 + 3 * 4 + 3, MLP.parameterCount());
    assertEquals(
        List.of(
            new ParameterInfo("hidden1.weight", List.of(4, 5), 0, ParameterInfo.Role.WEIGHT),
            new ParameterInfo("hidden1.bias", List.of(4), 20, ParameterInfo.Role.BIAS),
            new ParameterInfo("output.weight", List.of(3, 4), 24, ParameterInfo.Role.WEIGHT),
            new ParameterInfo("output.bias", List.of(3), 36, ParameterInfo.Role.BIAS)),
        MLP.parameters());
    ModelFile logistic = ModelFile.logistic(TestModels.columns(2), TestModels.preprocessing(2), 2);
    assertEquals(2, logistic.classes());
    assertArrayEquals(new double[3], logistic.parameterValues());
  }

  @Test
  void theSameArgumentsGiveTheSameBytes() {
    assertEquals(MLP.sha256(), TestModels.mlp(5, 3, List.of(4), Activation.RELU).sha256());
    ModelFile otherSeed =
        ModelFile.mlp(
            TestModels.columns(5), TestModels.preprocessing(5), 3, List.of(4), 8, Activation.RELU);
    assertNotEquals(MLP.sha256(), otherSeed.sha256());
  }

  @Test
  void hiddenWeightsFollowTheCustomaryLaws() {
    ModelFile relu = TestModels.mlp(200, 2, List.of(100), Activation.RELU);
    ModelFile tanh = TestModels.mlp(200, 2, List.of(100), Activation.TANH);
    // 20,000 normal draws: the sample variance is within 5.5 % with probability 1 − 4e-8.
    assertEquals(2.0 / 200, variance(relu, 20_000), 0.055 * 2.0 / 200);
    assertEquals(2.0 / 300, variance(tanh, 20_000), 0.055 * 2.0 / 300);
  }

  private static double variance(ModelFile model, int values) {
    return Arrays.stream(model.parameterValues(), 0, values).map(w -> w * w).sum() / values;
  }

  @Test
  void onnxRuntimeAcceptsEveryBuiltGraph() {
    for (int classes : new int[] {2, 3, 10}) {
      for (ModelFile model :
          List.of(
              ModelFile.logistic(TestModels.columns(3), TestModels.preprocessing(3), classes),
              TestModels.mlp(3, classes, List.of(4, 2), Activation.TANH))) {
        try (OnnxScorer scorer = OnnxScorer.of(model.bytes())) {
          float[] p = scorer.probabilities(new float[] {Float.NaN, 0, 1}, 1, 3);
          assertEquals(classes == 2 ? 1 : classes, p.length);
        }
      }
    }
  }

  @Test
  void preprocessingIsWhatItSays() {
    Preprocessing p =
        new Preprocessing(
            new float[] {7, 7},
            new float[] {-2, -2},
            new float[] {10, 10},
            new float[] {1, 0},
            new float[] {2, 1});
    ModelFile model =
        ModelFile.logistic(List.of("a", "b"), p, 2).withParameters(new double[] {1, 0, 0});
    float[] inputs = {
      Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, (float) 1e300, 3, -1e30f
    };
    double[] expected = {3, 4.5, -1.5, 4.5, 1, -1.5};
    float[] rows = new float[2 * inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      rows[2 * i] = inputs[i];
    }
    try (Network network = Network.of(model)) {
      Batch batch = new Batch(inputs.length, 2, rows, new double[inputs.length]);
      assertArrayEquals(expected, network.logits(model.parameterValues(), batch), 1e-6);
    }
  }

  @Property(tries = 30)
  void newParametersChangeNothingElse(@ForAll long seed, @ForAll @IntRange(max = 6) int which)
      throws IOException {
    ModelFile before = SAMPLES.get(which);
    SplitMix64 random = new SplitMix64(seed);
    double[] theta = new double[before.parameterCount()];
    for (int i = 0; i < theta.length; i++) {
      theta[i] = (float) random.nextGaussian();
    }
    ModelFile after = before.withParameters(theta);
    assertArrayEquals(theta, after.parameterValues());

    List<String> trained = before.parameters().stream().map(ParameterInfo::name).toList();
    assertEquals(withoutValues(before, trained), withoutValues(after, trained));
    byte[] old = before.bytes();
    byte[] changed = after.bytes();
    assertEquals(old.length, changed.length);
    int differing = 0;
    for (int i = 0; i < old.length; i++) {
      differing += old[i] == changed[i] ? 0 : 1;
    }
    // Where a file holds a row of coefficients and its negative, each value lies in it twice.
    assertTrue(differing > 0 && differing <= 2 * Float.BYTES * theta.length);
    assertEquals(before.sha256(), after.withParameters(before.parameterValues()).sha256());
  }

  private static ModelProto withoutValues(ModelFile file, List<String> names) throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(file.bytes()).toBuilder();
    for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
      if (names.contains(tensor.getName())) {
        tensor.clearRawData().clearFloatData();
      }
    }
    for (NodeProto.Builder node : model.getGraphBuilder().getNodeBuilderList()) {
      for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
        if (names.contains(node.getName() + "." + attribute.getName())) {
          attribute.clearFloats();
        }
      }
    }
    return model.build();
  }

  @Test
  void newParametersMustFit() {
    assertThrows(IllegalArgumentException.class, () -> MLP.withParameters(new double[3]));
    double[] theta = MLP.parameterValues();
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 1e39}) {
      theta[2] = bad;
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> MLP.withParameters(theta));
      assertTrue(String.valueOf(refused.getMessage()).contains("theta[2]"));
    }
  }

  @Test
  void savesAtomically(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.onnx");
    Files.writeString(file, "old");
    MLP.save(file);
    assertArrayEquals(MLP.bytes(), Files.readAllBytes(file));
    assertEquals(MLP.sha256(), ModelFile.load(file).sha256());
    assertEquals(List.of(file), list(folder));

    // A target that cannot be replaced: the write fails as a whole and cleans up.
    Path occupied = folder.resolve("occupied");
    Files.createDirectories(occupied.resolve("child"));
    assertThrows(IOException.class, () -> MLP.save(occupied));
    assertThrows(
        IOException.class, () -> MLP.save(folder.resolve("missing").resolve("model.onnx")));
    assertEquals(List.of(file, occupied), list(folder));
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    }
  }

  @Test
  void badFilesGetOneLine(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("m.onnx");
    assertRefused(file + ": no such file", () -> ModelFile.load(file));
    assertRefused(folder + ": cannot be read as a file", () -> ModelFile.load(folder));
    Files.write(file, new byte[0]);
    assertRefused(file + ": not an ONNX model: the file is empty", () -> ModelFile.load(file));
    Files.writeString(file, "age,weight\n1,2\n", StandardCharsets.UTF_8);
    assertRefused(file + ": not an ONNX model, or truncated", () -> ModelFile.load(file));
    byte[] whole = MLP.bytes();
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertRefused(file + ": not an ONNX model, or truncated", () -> ModelFile.load(file));
  }

  @Test
  void everyTruncationIsRefusedOrHarmless() {
    byte[] whole = MLP.bytes();
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      try {
        // A cut between two fields after the graph leaves a valid file that has lost only notes.
        ModelFile read = ModelFile.parse(part, "cut");
        assertArrayEquals(MLP.parameterValues(), read.parameterValues());
      } catch (InvalidModelException e) {
        assertOneLine(e, "cut: ");
      }
    }
  }

  /** Whatever a damaged file says, the answer is a model or one line, never another exception. */
  @Property(tries = 3000)
  void damagedFilesAreRefusedOrHarmless(
      @ForAll @IntRange(max = 6) int which,
      @ForAll @Size(min = 1, max = 3) List<@IntRange(max = 10_000) Integer> places,
      @ForAll byte value) {
    byte[] bytes = SAMPLES.get(which).bytes();
    for (int place : places) {
      bytes[place % bytes.length] = value;
    }
    try (Network network = Network.of(ModelFile.parse(bytes, "damaged"))) {
      assertTrue(network.parameterCount() > 0);
    } catch (InvalidModelException e) {
      assertOneLine(e, "damaged: ");
    }
  }

  @Test
  void defectsInsideAGraphAreNamed() {
    assertRefused(
        "input 'x' has a fixed number of rows (7): export it with a dynamic first dimension, or pass"
            + " --open-rows",
        () -> {
          GraphProto.Builder graph = linear();
          graph
              .getInputBuilder(0)
              .getTypeBuilder()
              .getTensorTypeBuilder()
              .getShapeBuilder()
              .getDimBuilder(0)
              .setDimValue(7);
          parse(graph);
        });
    assertRefused(
        "input 'x' must be a float32 tensor",
        () -> {
          GraphProto.Builder graph = linear();
          graph
              .getInputBuilder(0)
              .getTypeBuilder()
              .getTensorTypeBuilder()
              .setElemType(TensorProto.DataType.DOUBLE_VALUE);
          parse(graph);
        });
    assertRefused(
        "must have exactly one float32 tensor among its outputs, has 0",
        () -> parse(linear().clearOutput()));
    assertRefused(
        "MatMul (the node that computes 'z') reads 'nowhere', which nothing before it computes",
        () -> parse(linear().setNode(0, ForeignModels.node("MatMul", "z", "nowhere", "w"))));
    assertRefused(
        "its output reads 'nowhere', which nothing computes",
        () -> parse(linear().setNode(1, ForeignModels.node("Sigmoid", "y", "nowhere"))));
    assertRefused(
        "'w' holds 2 values, but its shape [4, 1] needs 4",
        () ->
            parse(
                linear()
                    .setInitializer(
                        0,
                        ForeignModels.packed("w", 1, 2).toBuilder()
                            .clearDims()
                            .addDims(4)
                            .addDims(1))));
    assertRefused(
        "the values of 'w' are not inside the file",
        () ->
            parse(
                linear()
                    .setInitializer(
                        0,
                        ForeignModels.packed("w", 1, 4, 1).toBuilder()
                            .clearFloatData()
                            .setDataLocation(TensorProto.DataLocation.EXTERNAL))));
    assertRefused(
        "must be a JSON array of 4 distinct names",
        () ->
            ModelFile.parse(
                ForeignModels.model(linear()).toBuilder()
                    .addMetadataProps(
                        ai.onnx.proto.OnnxMl.StringStringEntryProto.newBuilder()
                            .setKey("quietune.input_columns")
                            .setValue("[\"a\",\"b\"]"))
                    .build()
                    .toByteArray(),
                "f.onnx"));
    assertRefused(
        "it states no opset version",
        () -> {
          ModelProto model = ForeignModels.model(linear()).toBuilder().clearOpsetImport().build();
          ModelFile.parse(model.toByteArray(), "f.onnx");
        });
  }

  @Test
  void whatCannotBeDifferentiatedIsNamed() {
    assertRefused(
        "unsupported operator Unknown (the node that computes 'e'); supported are Abs, ",
        () ->
            network(
                ForeignModels.node("Unknown", "e", "z"), ForeignModels.node("Softmax", "y", "e")));
    assertRefused(
        "or freeze everything up to it: --train head",
        () ->
            network(
                ForeignModels.node("Unknown", "e", "z"), ForeignModels.node("Softmax", "y", "e")));
    assertRefused(
        "unsupported operator ai.onnx.ml.SVMRegressor (node 'named')",
        () ->
            network(
                ForeignModels.node("SVMRegressor", "e", "z").toBuilder()
                    .setDomain("ai.onnx.ml")
                    .setName("named")
                    .build(),
                ForeignModels.node("Softmax", "y", "e")));
    assertRefused(
        "ends in a Sigmoid over 2 outputs", () -> network(ForeignModels.node("Sigmoid", "y", "z")));
    assertRefused(
        "Mul (the node that computes 'm'): shapes [[N, 2], [4, 2]] cannot be combined",
        () ->
            network(
                ForeignModels.node("Mul", "m", "z", "w"), ForeignModels.node("Softmax", "y", "m")));
    assertRefused(
        "MatMul (the node that computes 'm'): it would mix records",
        () ->
            network(
                ForeignModels.node("MatMul", "m", "z", "z"),
                ForeignModels.node("Softmax", "y", "m")));
    assertRefused(
        "MatMul (the node that computes 'm'): it would mix records",
        () ->
            network(
                ForeignModels.node("Transpose", "t", "z"),
                ForeignModels.node("MatMul", "m", "t", "z"),
                ForeignModels.node("Softmax", "y", "m")));
    assertRefused(
        "Add (the node that computes 'm'): shapes [[N, 2], [N, 4]] cannot be combined",
        () ->
            network(
                ForeignModels.node("Add", "m", "z", "x"), ForeignModels.node("Softmax", "y", "m")));
    assertRefused(
        "has nothing to train",
        () ->
            Network.of(
                parse(
                    ForeignModels.graph("x", "y").addNode(ForeignModels.node("Tanh", "y", "x")))));
    assertRefused(
        "operator set version 8 is not supported; supported are 9 to 22",
        () -> {
          ModelProto.Builder model = ForeignModels.model(linear()).toBuilder();
          model.getOpsetImportBuilder(0).setVersion(8);
          Network.of(ModelFile.parse(model.build().toByteArray(), "f.onnx"));
        });
    assertRefused(
        "states 5 classes, but its logits are for 2",
        () -> {
          ModelProto.Builder model = ForeignModels.model(linear()).toBuilder();
          model.addMetadataPropsBuilder().setKey("quietune.classes").setValue("5");
          Network.of(ModelFile.parse(model.build().toByteArray(), "f.onnx"));
        });
  }

  @Test
  void buildersCheckTheirArguments() {
    List<String> names = TestModels.columns(2);
    Preprocessing two = TestModels.preprocessing(2);
    List<Runnable> wrong = new ArrayList<>();
    wrong.add(() -> ModelFile.logistic(names, two, 1));
    wrong.add(() -> ModelFile.logistic(TestModels.columns(3), two, 2));
    wrong.add(() -> ModelFile.logistic(List.of("a", "a"), two, 2));
    wrong.add(() -> ModelFile.mlp(names, two, 2, List.of(), 1, Activation.RELU));
    wrong.add(() -> ModelFile.mlp(names, two, 2, List.of(4, 0), 1, Activation.RELU));
    wrong.add(() -> preprocessing(Float.NaN, 0, 1, 0, 1));
    wrong.add(() -> preprocessing(0, 2, 1, 0, 1));
    wrong.add(() -> preprocessing(0, Float.NaN, 1, 0, 1));
    wrong.add(() -> preprocessing(0, 0, Float.POSITIVE_INFINITY, 0, 1));
    wrong.add(() -> preprocessing(0, 0, 1, 0, 0));
    wrong.add(() -> preprocessing(0, 0, 1, 0, Float.NaN));
    wrong.add(() -> preprocessing(0, 0, 1e30f, 0, 1e-30f));
    wrong.add(() -> new Batch(0, 1, new float[0], new double[0]));
    wrong.add(() -> new Batch(2, 2, new float[3], new double[2]));
    wrong.add(() -> new Batch(2, 2, new float[4], new double[1]));
    for (int i = 0; i < wrong.size(); i++) {
      assertThrows(IllegalArgumentException.class, wrong.get(i)::run, "case " + i);
    }
    assertFalse(names.isEmpty());
  }

  private static Preprocessing preprocessing(
      float fill, float lower, float upper, float center, float scale) {
    return new Preprocessing(
        new float[] {fill},
        new float[] {lower},
        new float[] {upper},
        new float[] {center},
        new float[] {scale});
  }

  /** x · w, then a Sigmoid. */
  private static GraphProto.Builder linear() {
    return ForeignModels.graph("x", "y")
        .addInitializer(ForeignModels.packed("w", 1, 4, 1))
        .addNode(ForeignModels.node("MatMul", "z", "x", "w"))
        .addNode(ForeignModels.node("Sigmoid", "y", "z"));
  }

  private static ModelFile parse(GraphProto.Builder graph) {
    return ModelFile.parse(ForeignModels.model(graph).toByteArray(), "f.onnx");
  }

  private static void network(NodeProto... nodes) {
    Network.of(ModelFile.parse(ForeignModels.endingIn(nodes), "f.onnx"));
  }

  private static void assertRefused(String part, Runnable action) {
    InvalidModelException refused = assertThrows(InvalidModelException.class, action::run);
    assertOneLine(refused, part);
  }

  private static void assertOneLine(InvalidModelException refused, String part) {
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(part), message);
    assertEquals(1, message.lines().count(), message);
  }
}
