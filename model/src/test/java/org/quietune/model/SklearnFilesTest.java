package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Files as scikit-learn's converter writes them (see the README beside them): what they give out
 * against scikit-learn itself and ONNX Runtime, each record's gradient against that of a batch of
 * one and central differences, and new parameters through the file.
 */
class SklearnFilesTest {
  private static final Path FOLDER = Path.of("src", "test", "resources", "sklearn");

  private static final int RECORDS = 5;
  private static final Set<String> NUMBERS = Set.of("perceptron-number.onnx", "regression.onnx");

  /** Length of θ, and outputs of the network, by file. */
  private static final Map<String, List<Integer>> FILES =
      Map.ofEntries(
          Map.entry("columns", List.of(12, 1)),
          Map.entry("logistic", List.of(5, 1)),
          Map.entry("logistic-normalized", List.of(5, 1)),
          Map.entry("normalizer", List.of(15, 3)),
          Map.entry("one-vs-rest", List.of(15, 3)),
          Map.entry("perceptron-2", List.of(71, 1)),
          Map.entry("perceptron-3", List.of(83, 3)),
          Map.entry("perceptron-number", List.of(37, 1)),
          Map.entry("raw-scores", List.of(5, 1)),
          Map.entry("regression", List.of(5, 1)),
          Map.entry("sgd-2", List.of(5, 1)),
          Map.entry("sgd-3", List.of(15, 3)),
          Map.entry("softmax", List.of(15, 3)),
          Map.entry("svc", List.of(5, 1)));

  @TestFactory
  Stream<DynamicTest> filesOfScikitLearn() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      long count = files.filter(file -> file.toString().endsWith(".onnx")).count();
      assertEquals(FILES.size(), count);
    }
    return FILES.entrySet().stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file.getKey(), () -> agrees(file.getKey(), file.getValue())));
  }

  private static void agrees(String name, List<Integer> sizes) throws IOException {
    Path file = FOLDER.resolve(name + ".onnx");
    ExportedFacts facts = ExportedFacts.of(file, name);
    double[] theirs = facts.rows("predictions");
    Batch batch = facts.batch();
    ModelFile model = load(file);
    assertEquals(sizes.get(0), model.parameterCount());
    double[] theta = model.parameterValues();
    try (Network network = Network.of(model)) {
      assertEquals(sizes.get(1), network.outputs());
      assertArrayEquals(theirs, outputs(model, network.logits(theta, batch), theirs), 1e-5);
      assertArrayEquals(theirs, BatchOfOne.scores(model, batch), 1e-5);
      BatchOfOne.requireGradients(network, theta, batch);
      double[] moved = moved(theta);
      ModelFile changed = model.withParameters(moved);
      assertArrayEquals(
          outputs(model, network.logits(changed.parameterValues(), batch), theirs),
          BatchOfOne.scores(changed, batch),
          1e-5);
      assertFalse(Arrays.equals(theirs, BatchOfOne.scores(changed, batch)));
      assertArrayEquals(model.bytes(), changed.withParameters(theta).bytes());
      requireOnlyValuesChanged(model, changed);
    }
    requireFrozenPrefix(model, batch, theirs);
  }

  /**
   * Coefficients in attributes are rewritten in place: each value once, or twice where mirrored.
   */
  private static void requireOnlyValuesChanged(ModelFile model, ModelFile changed) {
    byte[] before = model.bytes();
    byte[] after = changed.bytes();
    assertEquals(before.length, after.length);
    int different = 0;
    for (int i = 0; i < before.length; i++) {
      different += before[i] == after[i] ? 0 : 1;
    }
    assertTrue(different > 0 && different <= 2 * Float.BYTES * model.parameterCount());
  }

  /** The last layer alone, with what is before it in ONNX Runtime. */
  private static void requireFrozenPrefix(ModelFile model, Batch batch, double[] theirs) {
    try (FrozenPrefix prefix = FrozenPrefix.split(model.training(TrainableSelection.head()));
        Network tail = Network.of(prefix.tail())) {
      double[] z = tail.logits(tail.parameterValues(), prefix.features(batch));
      assertArrayEquals(theirs, outputs(model, z, theirs), 1e-5);
    }
  }

  private static ModelFile load(Path file) {
    ModelFile model = ModelFile.load(file);
    return NUMBERS.contains(file.getFileName().toString())
        ? model.minimizing(Loss.squaredError())
        : model;
  }

  /** What the file gives out for its logits, as scikit-learn lays it out. */
  private static double[] outputs(ModelFile model, double[] logits, double[] theirs) {
    if (model.graph().link() != Graph.Link.NONE) {
      double[] p = TestModels.probabilities(logits, logits.length / RECORDS);
      return p.length == theirs.length ? p : pairs(p, 1, -1);
    }
    return logits.length == theirs.length ? logits : pairs(logits, 0, -1);
  }

  /** [sum − v, v] for each value. */
  private static double[] pairs(double[] values, double sum, double sign) {
    double[] both = new double[2 * values.length];
    for (int i = 0; i < values.length; i++) {
      both[2 * i] = sum + sign * values[i];
      both[2 * i + 1] = values[i];
    }
    return both;
  }

  private static double[] moved(double[] theta) {
    double[] moved = theta.clone();
    SplitMix64 random = new SplitMix64(3);
    for (int i = 0; i < moved.length; i++) {
      moved[i] += 0.1 * random.nextGaussian();
    }
    return moved;
  }

  @Test
  void aRowThatIsNotTheOthersNegativeIsARowOfItsOwn() throws IOException {
    ModelFile mirrored = ModelFile.load(FOLDER.resolve("logistic.onnx"));
    byte[] bytes = mirrored.bytes();
    assertEquals(5, mirrored.parameterCount());
    ModelProto.Builder proto = ModelProto.parseFrom(bytes).toBuilder();
    for (NodeProto.Builder node : proto.getGraphBuilder().getNodeBuilderList()) {
      for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
        if (attribute.getName().equals("coefficients")) {
          attribute.setFloats(0, attribute.getFloats(0) + 0.5f);
        }
      }
    }
    ModelFile own = ModelFile.parse(proto.build().toByteArray(), "own.onnx");
    assertEquals(10, own.parameterCount());
  }
}
