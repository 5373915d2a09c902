package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class NetworkTest {
  /** Logistic and multilayer models for 2 and more classes, with both activations. */
  private static List<ModelFile> models() {
    List<ModelFile> models = new ArrayList<>();
    for (int classes : new int[] {2, 3, 10}) {
      models.add(ModelFile.logistic(TestModels.columns(9), TestModels.preprocessing(9), classes));
      models.add(TestModels.mlp(9, classes, List.of(6), Activation.RELU));
      models.add(TestModels.mlp(9, classes, List.of(5, 4), Activation.TANH));
    }
    return models.stream().map(model -> TestModels.randomized(model, 11)).toList();
  }

  @Test
  void probabilitiesMatchOnnxRuntimeOnHostileInputs() {
    for (ModelFile model : models()) {
      Batch batch = TestModels.hostile(TestModels.batch(101, 9, model.classes(), 3));
      try (Network network = Network.of(model);
          OnnxScorer scorer = OnnxScorer.of(model.bytes())) {
        double[] ours =
            TestModels.probabilities(
                network.logits(model.parameterValues(), batch), network.outputs());
        float[] theirs = scorer.probabilities(batch.features(), batch.size(), batch.width());
        assertEquals(theirs.length, ours.length);
        for (int i = 0; i < ours.length; i++) {
          assertEquals(theirs[i], ours[i], 1e-5);
        }
      }
    }
  }

  @Test
  void perExampleGradientsAreThoseOfBatchesOfOne() {
    for (ModelFile model : models()) {
      Batch batch = TestModels.hostile(TestModels.batch(17, 9, model.classes(), 5));
      double[] theta = model.parameterValues();
      try (Network network = Network.of(model)) {
        int d = network.parameterCount();
        double[] all = filled(batch.size() * d);
        network.perExampleGradients(theta, batch, all);
        for (int i = 0; i < batch.size(); i++) {
          double[] alone = network.meanGradient(theta, batch.slice(i, i + 1));
          assertArrayEquals(alone, Arrays.copyOfRange(all, i * d, (i + 1) * d), 2e-5);
        }
      }
    }
  }

  @Property(tries = 60)
  void gradientsMatchFiniteDifferencesInAnyShape(
      @ForAll @IntRange(min = 1, max = 7) int width,
      @ForAll @IntRange(min = 2, max = 5) int classes,
      @ForAll @Size(max = 3) List<@IntRange(min = 1, max = 6) Integer> hidden,
      @ForAll @IntRange(min = 1, max = 6) int size,
      @ForAll long seed) {
    ModelFile model =
        TestModels.randomized(
            hidden.isEmpty()
                ? ModelFile.logistic(
                    TestModels.columns(width), TestModels.preprocessing(width), classes)
                : TestModels.mlp(width, classes, hidden, Activation.TANH),
            seed);
    Batch batch = TestModels.batch(size, width, classes, seed + 1);
    double[] theta = model.parameterValues();
    try (Network single = Network.of(model);
        Network network = single.inDoublePrecision()) {
      int d = network.parameterCount();
      int outputs = network.outputs();
      double[] gradients = filled(size * d);
      network.perExampleGradients(theta, batch, gradients);
      double[] jacobians = filled(size * outputs * d);
      network.perExampleJacobians(theta, batch, jacobians);
      double[] rounded = filled(size * d);
      single.perExampleGradients(theta, batch, rounded);
      assertArrayEquals(gradients, rounded, 1e-4 * (1 + largest(gradients)));

      double h = 1e-6;
      for (int j = 0; j < d; j++) {
        double[] up = theta.clone();
        double[] down = theta.clone();
        up[j] += h;
        down[j] -= h;
        double[] zUp = network.logits(up, batch);
        double[] zDown = network.logits(down, batch);
        for (int i = 0; i < size; i++) {
          Batch one = batch.slice(i, i + 1);
          double slope = (network.loss(up, one) - network.loss(down, one)) / (2 * h);
          assertEquals(slope, gradients[i * d + j], 1e-6 * (1 + Math.abs(slope)));
          for (int k = 0; k < outputs; k++) {
            double logitSlope = (zUp[i * outputs + k] - zDown[i * outputs + k]) / (2 * h);
            assertEquals(
                logitSlope,
                jacobians[(i * outputs + k) * d + j],
                1e-6 * (1 + Math.abs(logitSlope)));
          }
        }
      }
    }
  }

  @Test
  void gradientIsTheResidualTimesTheJacobian() {
    for (ModelFile model : models()) {
      Batch batch = TestModels.batch(13, 9, model.classes(), 9);
      double[] theta = model.parameterValues();
      try (Network network = Network.of(model)) {
        int d = network.parameterCount();
        int outputs = network.outputs();
        double[] gradients = filled(batch.size() * d);
        double[] jacobians = filled(batch.size() * outputs * d);
        network.perExampleGradients(theta, batch, gradients);
        network.perExampleJacobians(theta, batch, jacobians);
        double[] p = TestModels.probabilities(network.logits(theta, batch), outputs);
        for (int i = 0; i < batch.size(); i++) {
          for (int j = 0; j < d; j++) {
            double expected = 0;
            for (int k = 0; k < outputs; k++) {
              double target = outputs == 1 ? batch.labels()[i] : batch.labels()[i] == k ? 1 : 0;
              expected += (p[i * outputs + k] - target) * jacobians[(i * outputs + k) * d + j];
            }
            assertEquals(expected, gradients[i * d + j], 1e-4);
          }
        }
      }
    }
  }

  @Test
  void meanGradientAndBoundBatchAgreeWithPerExampleGradients() {
    for (ModelFile model : models()) {
      Batch batch = TestModels.hostile(TestModels.batch(40, 9, model.classes(), 21));
      double[] theta = model.parameterValues();
      try (Network network = Network.of(model);
          Network.Bound bound = network.bind(batch)) {
        int d = network.parameterCount();
        double[] gradients = filled(batch.size() * d);
        network.perExampleGradients(theta, batch, gradients);
        double[] mean = new double[d];
        for (int i = 0; i < gradients.length; i++) {
          mean[i % d] += gradients[i] / batch.size();
        }
        assertArrayEquals(mean, network.meanGradient(theta, batch), 1e-5);
        double[] again = filled(d);
        assertEquals(network.loss(theta, batch), bound.lossAndGradient(theta, again), 1e-6);
        assertArrayEquals(mean, again, 1e-5);
      }
    }
  }

  @Test
  void lossIsStableForHugeLogits() {
    ModelFile model =
        ModelFile.logistic(List.of("x"), TestModels.preprocessing(1), 2)
            .withParameters(new double[] {1e30, 0});
    Batch batch = new Batch(2, 1, new float[] {1, 1}, new double[] {1, 0});
    try (Network network = Network.of(model)) {
      double[] gradients = filled(4);
      network.perExampleGradients(model.parameterValues(), batch, gradients);
      assertEquals(0, gradients[0]);
      assertEquals(1, gradients[2]);
      assertTrue(network.loss(model.parameterValues(), batch) > 1e29);
    }
  }

  @Test
  void aBadLabelSpoilsItsOwnRowOnly() {
    for (ModelFile model : models()) {
      Batch good = TestModels.batch(4, 9, model.classes(), 2);
      double[] labels = good.labels().clone();
      labels[1] = Double.NaN;
      labels[2] = model.classes();
      Batch bad = new Batch(4, 9, good.features(), labels);
      double[] theta = model.parameterValues();
      try (Network network = Network.of(model)) {
        int d = network.parameterCount();
        double[] expected = filled(4 * d);
        double[] actual = filled(4 * d);
        network.perExampleGradients(theta, good, expected);
        network.perExampleGradients(theta, bad, actual);
        for (int i : new int[] {0, 3}) {
          assertArrayEquals(
              Arrays.copyOfRange(expected, i * d, (i + 1) * d),
              Arrays.copyOfRange(actual, i * d, (i + 1) * d));
        }
        assertTrue(Double.isNaN(actual[2 * d - 1]));
        assertTrue(Double.isNaN(actual[3 * d - 1]));
      }
    }
  }

  @Test
  void nonFiniteFeaturesWithoutClampingSpoilTheirOwnRowOnly() {
    ModelFile model = ForeignModels.kerasStyle();
    Batch clean = TestModels.batch(3, ForeignModels.WIDTH, 2, 4);
    float[] features = clean.features().clone();
    features[ForeignModels.WIDTH] = Float.POSITIVE_INFINITY;
    Batch dirty = new Batch(3, ForeignModels.WIDTH, features, clean.labels());
    double[] theta = model.parameterValues();
    try (Network network = Network.of(model)) {
      int d = network.parameterCount();
      double[] expected = filled(3 * d);
      double[] actual = filled(3 * d);
      network.perExampleGradients(theta, clean, expected);
      network.perExampleGradients(theta, dirty, actual);
      assertArrayEquals(Arrays.copyOf(expected, d), Arrays.copyOf(actual, d));
      assertArrayEquals(
          Arrays.copyOfRange(expected, 2 * d, 3 * d), Arrays.copyOfRange(actual, 2 * d, 3 * d));
      assertFalse(Double.isFinite(Arrays.stream(actual, d, 2 * d).sum()));
    }
  }

  @Test
  void foreignGraphsMatchOnnxRuntimeAndBatchesOfOne() {
    for (ModelFile model :
        List.of(
            ForeignModels.kerasStyle(), ForeignModels.sharedWeight(), ForeignModels.scaledGemm())) {
      Batch batch = TestModels.batch(9, ForeignModels.WIDTH, 2, 8);
      double[] theta = model.parameterValues();
      try (Network single = Network.of(model);
          Network network = single.inDoublePrecision();
          OnnxScorer scorer = OnnxScorer.of(model.bytes())) {
        double[] p = TestModels.probabilities(network.logits(theta, batch), network.outputs());
        float[] theirs = scorer.probabilities(batch.features(), batch.size(), batch.width());
        for (int i = 0; i < p.length; i++) {
          assertEquals(theirs[i], p[i], 1e-5);
        }
        int d = network.parameterCount();
        double[] gradients = filled(batch.size() * d);
        network.perExampleGradients(theta, batch, gradients);
        for (int j = 0; j < d; j++) {
          double[] up = theta.clone();
          double[] down = theta.clone();
          up[j] += 1e-6;
          down[j] -= 1e-6;
          for (int i = 0; i < batch.size(); i++) {
            Batch one = batch.slice(i, i + 1);
            double slope = (network.loss(up, one) - network.loss(down, one)) / 2e-6;
            assertEquals(slope, gradients[i * d + j], 1e-6 * (1 + Math.abs(slope)));
          }
        }
      }
    }
  }

  @Test
  void manyThreadsShareOneNetwork() throws Exception {
    ModelFile model = TestModels.randomized(TestModels.mlp(9, 3, List.of(6), Activation.TANH), 1);
    double[] theta = model.parameterValues();
    ExecutorService workers = Executors.newFixedThreadPool(4);
    try (Network network = Network.of(model)) {
      int d = network.parameterCount();
      Batch batch = TestModels.batch(32, 9, 3, 6);
      double[] expected = filled(32 * d);
      network.perExampleGradients(theta, batch, expected);
      List<Future<double[]>> results = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        results.add(
            workers.submit(
                () -> {
                  double[] out = filled(32 * d);
                  network.perExampleGradients(theta, batch, out);
                  return out;
                }));
      }
      for (Future<double[]> result : results) {
        assertArrayEquals(expected, result.get());
      }
    } finally {
      workers.shutdownNow();
    }
  }

  /**
   * Exact, where resident size is not: what one call leaves behind, the collector may hide for a
   * while.
   */
  @Test
  void noCallLeavesANativeObjectBehind() {
    ModelFile model = TestModels.mlp(9, 3, List.of(6), Activation.RELU);
    double[] theta = model.parameterValues();
    Batch batch = TestModels.batch(8, 9, 3, 1);
    try (Network network = Network.of(model)) {
      int d = network.parameterCount();
      List<Runnable> calls =
          List.of(
              () -> network.logits(theta, batch),
              () -> network.meanGradient(theta, batch),
              () -> network.perExampleGradients(theta, batch, new double[8 * d]),
              () -> network.perExampleJacobians(theta, batch, new double[8 * 3 * d]),
              () -> {
                try (Network.Bound bound = network.bind(batch)) {
                  bound.lossAndGradient(theta, new double[d]);
                }
              },
              () -> Network.of(model).close());
      for (int i = 0; i < calls.size(); i++) {
        calls.get(i).run(); // whatever is made once
        long before = Pointer.totalCount();
        calls.get(i).run();
        assertTrue(Pointer.totalCount() <= before, "call " + i);
      }
    }
  }

  @Test
  void memoryStaysFlatOverManyBatches() throws IOException {
    Path statm = Path.of("/proc/self/statm");
    Assumptions.assumeTrue(Files.exists(statm), "resident size is read from /proc");
    ModelFile model = TestModels.mlp(262, 2, List.of(16), Activation.RELU);
    double[] theta = model.parameterValues();
    Batch batch = TestModels.batch(256, 262, 2, 6);
    try (Network network = Network.of(model)) {
      double[] out = new double[batch.size() * network.parameterCount()];
      long before = 0;
      for (int i = 0; i < 2200; i++) {
        if (i == 200) {
          before = residentPages(statm);
        }
        network.perExampleGradients(theta, batch, out);
      }
      // One leaked copy of the features per batch would be 512 MiB; the Java heap may grow by
      // garbage.
      long grownMiB = (residentPages(statm) - before) * 4 / 1024;
      assertTrue(grownMiB < 300, "resident memory grew by " + grownMiB + " MiB over 2,000 batches");
    }
  }

  @Test
  void callsAreChecked() {
    ModelFile model = ModelFile.logistic(TestModels.columns(3), TestModels.preprocessing(3), 2);
    Network network = Network.of(model);
    Batch wide = TestModels.batch(2, 4, 2, 1);
    Batch fitting = TestModels.batch(2, 3, 2, 1);
    assertEquals(
        "quietune-logistic: the model reads 3 input columns, but was given 4",
        assertThrows(InvalidModelException.class, () -> network.logits(new double[4], wide))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> network.logits(new double[3], fitting));
    assertThrows(
        IllegalArgumentException.class,
        () -> network.perExampleGradients(new double[4], fitting, new double[7]));
    assertThrows(IllegalArgumentException.class, () -> Network.setThreads(0));
    network.close();
    network.close();
    assertThrows(IllegalStateException.class, () -> network.logits(new double[4], fitting));
  }

  @Test
  void aPlatformWithoutNativesIsNamed() {
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> Libtorch.requireNatives("linux-arm64"));
    assertTrue(String.valueOf(refused.getMessage()).contains("linux-arm64"));
  }

  /** Old content, so that an element left unwritten shows. */
  private static double[] filled(int length) {
    double[] values = new double[length];
    Arrays.fill(values, 1e9);
    return values;
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElse(0);
  }

  private static long residentPages(Path statm) throws IOException {
    return Long.parseLong(Files.readString(statm).split(" ", -1)[1]);
  }
}
