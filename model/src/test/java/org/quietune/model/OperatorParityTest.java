package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator, in every version and with the attributes that change its meaning: values against
 * ONNX Runtime, gradients against libtorch and finite differences, and bits that no other record
 * can change.
 */
class OperatorParityTest {
  private static final int RECORDS = 3;

  static Stream<OperatorCases.Case> cases() {
    return OperatorCases.all().stream();
  }

  @Test
  void everySupportedOperatorHasACase() {
    Set<String> missing = new TreeSet<>(Operators.types());
    for (OperatorCases.Case one : OperatorCases.all()) {
      for (NodeProto node : one.model().getGraph().getNodeList()) {
        missing.remove(Graph.type(node));
      }
    }
    assertEquals(Set.of(), missing);
  }

  @Test
  void everySupportedOperatorIsInTheManual() throws IOException {
    String manual = Files.readString(Path.of("..", "docs", "models.md"));
    Set<String> words = new TreeSet<>(Arrays.asList(manual.split("[^A-Za-z0-9]+", -1)));
    Set<String> missing = new TreeSet<>(Operators.types());
    missing.removeIf(type -> words.contains(type.substring(type.lastIndexOf('.') + 1)));
    assertEquals(Set.of(), missing);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void enginesAgree(OperatorCases.Case one) {
    requireParity(one);
  }

  /** Values, gradients and bits of one graph in both engines, and its values in ONNX Runtime. */
  static void requireParity(OperatorCases.Case one) {
    Batch batch = TestModels.batch(RECORDS, OperatorCases.WIDTH, 2, 5);
    ModelProto.Builder proto = one.model();
    float[] theirs;
    try (OnnxScorer scorer = OnnxScorer.of(proto.build().toByteArray())) {
      theirs = scorer.probabilities(batch.features(), RECORDS, OperatorCases.WIDTH);
    }
    int outputs = theirs.length / RECORDS;
    proto
        .addMetadataPropsBuilder()
        .setKey(ModelFile.CLASSES_KEY)
        .setValue(Integer.toString(Math.max(2, outputs)));
    ModelFile model = ModelFile.parse(proto.build().toByteArray(), "case.onnx");
    double[] theta = model.parameterValues();
    int d = theta.length;
    RowwiseNetwork rowwise = RowwiseNetwork.of(model);
    double[] logits = new double[RECORDS * outputs];
    double[] gradients = new double[RECORDS * d];
    RowwiseNetwork.Workspace workspace = rowwise.pass(theta).workspace();
    for (int i = 0; i < RECORDS; i++) {
      workspace.gradient(
          batch.features(),
          i * OperatorCases.WIDTH,
          batch.labels()[i],
          gradients,
          i * d,
          logits,
          i * outputs);
    }
    requireClose(widen(theirs), logits, 1e-5);
    try (Network single = Network.of(model);
        Network network = single.inDoublePrecision()) {
      requireClose(logits, single.logits(theta, batch), 1e-5);
      requireClose(logits, network.logits(theta, batch), 1e-12);
      double[] expected = new double[RECORDS * d];
      network.perExampleGradients(theta, batch, expected);
      requireClose(expected, gradients, 1e-10);
      for (int i = 0; i < RECORDS; i++) {
        double[] alone = network.meanGradient(theta, batch.slice(i, i + 1));
        requireClose(alone, Arrays.copyOfRange(gradients, i * d, (i + 1) * d), 1e-10);
      }
    }
    requireSlopes(rowwise, theta, batch, gradients);
    requireSameBitsAlone(model, theta, batch, gradients);
    GradientReductionTest.requireExact(rowwise, theta, batch, gradients);
  }

  /** Central differences at coordinates spread over θ. */
  private static void requireSlopes(
      RowwiseNetwork network, double[] theta, Batch batch, double[] gradients) {
    CrossEntropy loss = new CrossEntropy(network.outputs());
    double[] z = new double[network.outputs()];
    double h = 1e-6;
    int d = theta.length;
    double scale = Math.max(1, largest(gradients));
    for (int j = 0; j < d; j += 1 + d / 40) {
      double[] losses = new double[2 * RECORDS];
      for (int side = 0; side < 2; side++) {
        double[] moved = theta.clone();
        moved[j] += side == 0 ? h : -h;
        RowwiseNetwork.Workspace workspace = network.pass(moved).workspace();
        for (int i = 0; i < RECORDS; i++) {
          workspace.logits(batch.features(), i * OperatorCases.WIDTH, z, 0);
          losses[2 * i + side] = loss.loss(z, 0, batch.labels()[i]);
        }
      }
      for (int i = 0; i < RECORDS; i++) {
        double slope = (losses[2 * i] - losses[2 * i + 1]) / (2 * h);
        assertEquals(slope, gradients[i * d + j], 1e-6 * scale, "θ[" + j + "]");
      }
    }
  }

  private static void requireSameBitsAlone(
      ModelFile model, double[] theta, Batch batch, double[] gradients) {
    int d = theta.length;
    RowwiseNetwork.Workspace used = RowwiseNetwork.of(model).pass(theta).workspace();
    float[] poison = new float[OperatorCases.WIDTH];
    Arrays.fill(poison, Float.NaN);
    for (int i = RECORDS - 1; i >= 0; i--) {
      double[] alone = new double[d];
      used.gradient(poison, 0, 0, alone, 0);
      Batch one = batch.slice(i, i + 1);
      used.gradient(one.features(), 0, one.labels()[0], alone, 0);
      for (int j = 0; j < d; j++) {
        assertEquals(
            Double.doubleToRawLongBits(alone[j]), Double.doubleToRawLongBits(gradients[i * d + j]));
      }
    }
  }

  /** The comparisons must be able to fail: another slope of the same function is seen. */
  @Test
  void aWrongSlopeIsSeen() {
    OperatorCases.Case one = new OperatorCases.Case("b = LeakyRelu(a) alpha=0.3", 13, List.of(5));
    ModelProto.Builder proto = one.model();
    proto.addMetadataPropsBuilder().setKey(ModelFile.CLASSES_KEY).setValue("5");
    ModelFile right = ModelFile.parse(proto.build().toByteArray(), "case.onnx");
    proto.getGraphBuilder().getNodeBuilder(3).getAttributeBuilder(0).setF(0.3001f);
    ModelFile wrong = ModelFile.parse(proto.build().toByteArray(), "case.onnx");
    Batch batch = TestModels.batch(RECORDS, OperatorCases.WIDTH, 2, 5);
    double[] theta = right.parameterValues();
    double[] expected = new double[theta.length];
    double[] actual = new double[theta.length];
    RowwiseNetwork.of(right).pass(theta).workspace().gradient(batch.features(), 0, 1, expected, 0);
    RowwiseNetwork.of(wrong).pass(theta).workspace().gradient(batch.features(), 0, 1, actual, 0);
    double difference = 0;
    for (int j = 0; j < theta.length; j++) {
      difference = Math.max(difference, Math.abs(expected[j] - actual[j]));
    }
    assertTrue(difference > 1e-6 * Math.max(1, largest(expected)));
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static void requireClose(double[] expected, double[] actual, double tolerance) {
    assertArrayEquals(expected, actual, tolerance * Math.max(1, largest(expected)));
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElse(0);
  }
}
