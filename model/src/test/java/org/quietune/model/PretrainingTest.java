package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PretrainingTest {
  private static final PretrainingSettings SETTINGS = PretrainingSettings.defaults(5);

  @Test
  void aConvexFitIsAtItsStationaryPoint() {
    for (int classes : new int[] {2, 4}) {
      Batch train = linear(600, 8, classes, 1);
      Batch validation = linear(300, 8, classes, 2);
      ModelFile model =
          ModelFile.logistic(TestModels.columns(8), TestModels.preprocessing(8), classes);
      double penalty = 0.01;
      PretrainingSettings one = new PretrainingSettings(List.of(penalty), 500, 1, 0);
      try (Network network = Network.of(model);
          Network exact = network.inDoublePrecision()) {
        Pretraining.Fit fit = Pretraining.fit(network, train, validation, one, progress -> {});
        assertStationary(exact, penalty, train, fit.judged());
        assertStationary(exact, penalty, both(train, validation), fit.theta());
        assertThrows(
            AssertionError.class,
            () -> assertStationary(exact, penalty, both(train, validation), fit.judged()),
            "the two must differ for this test to say something");
      }
    }
  }

  private static void assertStationary(
      Network exact, double penalty, Batch records, double[] theta) {
    double[] gradient = exact.meanGradient(theta, records);
    for (ParameterInfo parameter : exact.parameters()) {
      double share = parameter.role() == ParameterInfo.Role.WEIGHT ? penalty : 0;
      for (int i = parameter.offset(); i < parameter.offset() + parameter.size(); i++) {
        assertEquals(0, gradient[i] + share * theta[i], 1.1e-7);
      }
    }
  }

  /** Two batches of different sizes, so that a plain mean of their means is another. */
  private static Batch both(Batch first, Batch second) {
    double[] labels = Arrays.copyOf(first.labels(), first.size() + second.size());
    System.arraycopy(second.labels(), 0, labels, first.size(), second.size());
    var features =
        Arrays.copyOf(first.features(), first.features().length + second.features().length);
    System.arraycopy(
        second.features(), 0, features, first.features().length, second.features().length);
    return new Batch(labels.length, first.width(), features, labels);
  }

  @Test
  void thePenaltyIsChosenOnTheHoldOut() {
    Batch train = linear(120, 30, 2, 3);
    Batch validation = linear(2000, 30, 2, 4);
    ModelFile model = ModelFile.logistic(TestModels.columns(30), TestModels.preprocessing(30), 2);
    try (Network network = Network.of(model);
        Network exact = network.inDoublePrecision()) {
      Pretraining.Fit chosen = Pretraining.fit(network, train, validation, SETTINGS, p -> {});
      double smallest = Double.POSITIVE_INFINITY;
      double largest = 0;
      double best = Double.NaN;
      for (double penalty : SETTINGS.penalties()) {
        PretrainingSettings one = new PretrainingSettings(List.of(penalty), 300, 1, 0);
        double loss =
            network.loss(
                Pretraining.fit(network, train, validation, one, p -> {}).judged(), validation);
        best = loss < smallest ? penalty : best;
        smallest = Math.min(smallest, loss);
        largest = Math.max(largest, loss);
      }
      assertEquals(smallest, network.loss(chosen.judged(), validation), 1e-6);
      assertStationary(exact, best, both(train, validation), chosen.theta());
      assertTrue(
          largest > smallest + 0.01, "the candidates must differ for this test to say something");
    }
  }

  @Test
  void aMultilayerNetworkLearnsWhatALinearOneCannot() {
    Batch train = exclusiveOr(2000, 1);
    Batch validation = exclusiveOr(500, 2);
    ModelFile linear = ModelFile.logistic(TestModels.columns(2), TestModels.preprocessing(2), 2);
    ModelFile model = TestModels.mlp(2, 2, List.of(16), Activation.RELU);
    PretrainingSettings settings = new PretrainingSettings(List.of(1e-4, 1e-2), 100, 10, 5);
    try (Network flat = Network.of(linear);
        Network network = Network.of(model)) {
      List<PretrainingProgress> seen = new ArrayList<>();
      double[] theta = Pretraining.fit(network, train, validation, settings, seen::add).theta();
      double loss = network.loss(theta, validation);
      assertTrue(loss < 0.3, "loss " + loss);
      assertTrue(
          flat.loss(Pretraining.fit(flat, train, validation, settings, p -> {}).theta(), validation)
              > 0.6);
      double bestSeen =
          seen.stream().mapToDouble(PretrainingProgress::validationLoss).min().orElseThrow();
      assertEquals(bestSeen, loss);
      assertArrayEquals(
          theta, Pretraining.fit(network, train, validation, settings, p -> {}).theta());
    }
  }

  @Test
  void aMiniBatchRunStopsEarly() {
    Batch train = TestModels.batch(300, 3, 2, 1); // labels say nothing
    Batch validation = TestModels.batch(300, 3, 2, 2);
    ModelFile model = TestModels.mlp(3, 2, List.of(32), Activation.RELU);
    PretrainingSettings settings = new PretrainingSettings(List.of(0.0), 1000, 3, 5);
    try (Network network = Network.of(model)) {
      List<PretrainingProgress> seen = new ArrayList<>();
      Pretraining.fit(network, train, validation, settings, seen::add);
      assertTrue(seen.size() < 1000);
      double[] losses = seen.stream().mapToDouble(PretrainingProgress::validationLoss).toArray();
      double best = Arrays.stream(losses).min().orElseThrow();
      assertEquals(best, losses[losses.length - 4], "exactly three epochs after the best one");
    }
  }

  @Test
  void labelsOutsideTheClassesAreRefused() {
    ModelFile model = ModelFile.logistic(TestModels.columns(3), TestModels.preprocessing(3), 2);
    Batch good = TestModels.batch(20, 3, 2, 1);
    double[] labels = good.labels().clone();
    labels[3] = 2;
    Batch bad = new Batch(20, 3, good.features(), labels);
    try (Network network = Network.of(model)) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> Pretraining.fit(network, good, bad, SETTINGS, p -> {}));
      assertTrue(String.valueOf(refused.getMessage()).startsWith("validation "));
    }
  }

  @Test
  void settingsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> new PretrainingSettings(List.of(), 1, 1, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new PretrainingSettings(List.of(Double.NaN), 1, 1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> new PretrainingSettings(List.of(-1.0), 1, 1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> new PretrainingSettings(List.of(1.0), 0, 1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> new PretrainingSettings(List.of(1.0), 1, 0, 0));
  }

  @Test
  void lbfgsSolvesRosenbrock() {
    double[] start = {-1.2, 1};
    double[] solution =
        Lbfgs.minimize(
            (x, g) -> {
              double a = 1 - x[0];
              double b = x[1] - x[0] * x[0];
              g[0] = -2 * a - 400 * x[0] * b;
              g[1] = 200 * b;
              return a * a + 100 * b * b;
            },
            start,
            200,
            1e-10,
            (x, iteration) -> {});
    assertArrayEquals(new double[] {1, 1}, solution, 1e-9);
    assertArrayEquals(new double[] {-1.2, 1}, start);
  }

  @Test
  void thePermutationIsOne() {
    int[] order = new SplitMix64(3).permutation(1000);
    assertFalse(Arrays.equals(order, java.util.stream.IntStream.range(0, 1000).toArray()));
    Arrays.sort(order);
    assertArrayEquals(java.util.stream.IntStream.range(0, 1000).toArray(), order);
  }

  @Test
  void splitMixMatchesThePublishedStream() {
    // First outputs for seed 1234567, as in Vigna's reference implementation.
    SplitMix64 random = new SplitMix64(1234567);
    assertEquals(6457827717110365317L, random.nextLong());
    assertEquals(3203168211198807973L, random.nextLong());
    assertEquals(Long.parseUnsignedLong("9817491932198370423"), random.nextLong());
  }

  /** Labels drawn around a linear rule of the features. */
  private static Batch linear(int size, int width, int classes, long seed) {
    Batch batch = TestModels.batch(size, width, classes, seed);
    SplitMix64 random = new SplitMix64(seed + 100);
    double[] labels = new double[size];
    for (int i = 0; i < size; i++) {
      double best = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < classes; k++) {
        double score = 1.5 * random.nextGaussian();
        for (int j = 0; j < width; j++) {
          score += Math.sin(1.7 * k + j) * batch.features()[i * width + j] / Math.sqrt(width);
        }
        if (score > best) {
          best = score;
          labels[i] = k;
        }
      }
    }
    return new Batch(size, width, batch.features(), labels);
  }

  private static Batch exclusiveOr(int size, long seed) {
    Batch batch = TestModels.batch(size, 2, 2, seed);
    double[] labels = new double[size];
    for (int i = 0; i < size; i++) {
      labels[i] = batch.features()[2 * i] > 0 == batch.features()[2 * i + 1] > 0 ? 0 : 1;
    }
    return new Batch(size, 2, batch.features(), labels);
  }
}
