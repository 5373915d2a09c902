package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class FrozenPrefixTest {
  /** An operator that we cannot differentiate (Acosh), then two layers with reshapes by Shape. */
  private static ModelFile model(TrainableSelection selection) {
    GraphProto.Builder graph = ForeignModels.graph("x", "y");
    new GraphText(graph)
        .add(
            "s = Abs(x); t = Add(s, #1.5); u = Acosh(t); v = MatMul(u, early:4x6); w = Tanh(v);"
                + " n = Shape(w); k = Gather(n, #[0]); j = Concat(k, #[2,3]) axis=0;"
                + " r = Reshape(w, j); m = MatMul(r, late:3x3); h = Relu(m); f = Flatten(h);"
                + " q = Concat(f, u) axis=1; z = MatMul(q, head:10x3); l = Add(z, c:3);"
                + " y = Softmax(l)");
    return ModelFile.parse(
        ForeignModels.model(graph).toByteArray(),
        "deep.onnx",
        ModelOptions.defaults().withTrained(selection));
  }

  @Test
  void whatCannotBeDifferentiatedMayBeFrozen() {
    assertTrue(
        String.valueOf(
                assertThrows(
                        InvalidModelException.class,
                        () -> RowwiseNetwork.of(model(TrainableSelection.all())))
                    .getMessage())
            .contains("unsupported operator Acosh"));
    for (TrainableSelection selection :
        List.of(
            TrainableSelection.head(),
            TrainableSelection.last(2),
            TrainableSelection.named(List.of("late", "c")))) {
      ModelFile whole = model(selection);
      Batch batch = TestModels.batch(5, ForeignModels.WIDTH, 3, 2);
      try (FrozenPrefix prefix = FrozenPrefix.split(whole);
          OnnxScorer scorer = OnnxScorer.of(whole);
          Network network = Network.of(prefix.tail())) {
        assertEquals(whole.parameters(), prefix.tail().parameters());
        assertEquals(3, prefix.tail().classes());
        Batch features = prefix.features(batch);
        double[] theta = whole.parameterValues();
        double[] logits = network.logits(theta, features);
        double[] ours = TestModels.probabilities(logits, 3);
        float[] theirs = scorer.probabilities(batch.features(), 5, ForeignModels.WIDTH);
        for (int i = 0; i < ours.length; i++) {
          assertEquals(theirs[i], ours[i], 1e-6);
        }
        double[] gradient = new double[theta.length];
        double[] expected = network.meanGradient(theta, features.slice(0, 1));
        RowwiseNetwork.of(prefix.tail())
            .pass(theta)
            .workspace()
            .gradient(features.features(), 0, batch.labels()[0], gradient, 0);
        assertArrayEquals(expected, gradient, 1e-5);
      }
    }
  }

  /** Cutting changes what is computed when, not what: gradients are those of the uncut file. */
  @Test
  void gradientsAreThoseOfTheWhole() {
    ModelFile whole =
        TestModels.randomized(TestModels.mlp(9, 3, List.of(6, 5), Activation.TANH), 3)
            .training(TrainableSelection.last(2));
    Batch batch = TestModels.hostile(TestModels.batch(12, 9, 3, 5));
    double[] theta = whole.parameterValues();
    double[] expected = new double[theta.length];
    double[] actual = new double[theta.length];
    try (FrozenPrefix prefix = FrozenPrefix.split(whole)) {
      assertEquals(6, prefix.width());
      Batch features = prefix.features(batch);
      for (int i = 0; i < 12; i++) {
        RowwiseNetwork.of(whole)
            .pass(theta)
            .workspace()
            .gradient(batch.features(), 9 * i, batch.labels()[i], expected, 0);
        RowwiseNetwork.of(prefix.tail())
            .pass(theta)
            .workspace()
            .gradient(features.features(), 6 * i, batch.labels()[i], actual, 0);
        assertArrayEquals(expected, actual, 1e-6);
      }
    }
  }

  @Test
  void aRecordsFeaturesDependOnThatRecordAlone() throws Exception {
    ModelFile whole = model(TrainableSelection.head());
    Batch batch = TestModels.batch(40, ForeignModels.WIDTH, 3, 2);
    float[][] alone = new float[40][];
    for (int i = 0; i < 40; i++) {
      try (FrozenPrefix fresh = FrozenPrefix.split(whole)) {
        alone[i] = fresh.features(batch.slice(i, i + 1).features(), 0);
      }
    }
    ExecutorService workers = Executors.newFixedThreadPool(3);
    try (FrozenPrefix prefix = FrozenPrefix.split(whole)) {
      List<Future<float[][]>> results = new ArrayList<>();
      for (int t = 0; t < 3; t++) {
        int first = 13 * t;
        results.add(
            workers.submit(
                () -> {
                  float[][] found = new float[40][];
                  float[] poison = new float[ForeignModels.WIDTH];
                  Arrays.fill(poison, Float.NaN);
                  for (int k = 0; k < 40; k++) {
                    int i = (first + k) % 40;
                    prefix.features(poison, 0);
                    found[i] = prefix.features(batch.features(), i * ForeignModels.WIDTH);
                  }
                  return found;
                }));
      }
      for (Future<float[][]> result : results) {
        assertArrayEquals(alone, result.get());
      }
    } finally {
      workers.shutdownNow();
    }
  }

  /** A private record must decide no exception: ONNX Runtime refuses a place outside a table. */
  @Test
  void whatARecordHoldsNeverThrows() {
    GraphProto.Builder graph = ForeignModels.graph("x", "y");
    new GraphText(graph)
        .add(
            "i = Cast(x) to=7; e = Gather(table:9x2, i); f = Flatten(e); z = MatMul(f, w:8x3);"
                + " y = Softmax(z)");
    ModelFile whole =
        ModelFile.parse(
            ForeignModels.model(graph).toByteArray(),
            "words.onnx",
            ModelOptions.defaults().withTrained(TrainableSelection.head()));
    try (FrozenPrefix prefix = FrozenPrefix.split(whole)) {
      double[] gradient = new double[whole.parameterCount()];
      for (float bad : new float[] {9, -10, 1e9f}) {
        float[] features = prefix.features(new float[] {1, 2, bad, 3}, 0);
        RowwiseNetwork.of(prefix.tail())
            .pass(whole.parameterValues())
            .workspace()
            .gradient(features, 0, 1, gradient, 0);
        assertTrue(Double.isNaN(gradient[0]));
      }
      assertTrue(Float.isFinite(prefix.features(new float[] {1, 2, 8, 3}, 0)[0]));
    }
  }

  @Test
  void selectionsAreReadAndChecked() {
    assertEquals(TrainableSelection.all(), TrainableSelection.parse("all"));
    assertEquals(TrainableSelection.head(), TrainableSelection.parse("head"));
    assertEquals(TrainableSelection.last(3), TrainableSelection.parse("last:3"));
    assertEquals(TrainableSelection.named(List.of("a", "b")), TrainableSelection.parse("a,b"));
    assertThrows(IllegalArgumentException.class, () -> TrainableSelection.parse("last:x"));
    assertThrows(IllegalArgumentException.class, () -> TrainableSelection.parse("last:0"));
    String message =
        String.valueOf(
            assertThrows(
                    InvalidModelException.class,
                    () -> model(TrainableSelection.named(List.of("nothing"))))
                .getMessage());
    assertTrue(message.contains("has no trainable tensor 'nothing'; it has [early, "), message);
  }
}
