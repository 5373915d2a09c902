package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.GaussianDp;
import org.quietune.data.Example;
import org.quietune.geometry.Spectrum;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.PublicStore;

class NoisySufficientStatisticsTest {
  private static final ModelFile MODEL = SmallTask.logistic(0.5, 3);

  /** The statistics of one record from its gradients under both labels, whose difference is J. */
  private static double[] weightedSquare(Network network, double[] theta, Example example) {
    int k = theta.length;
    double[] zero = gradient(network, theta, new Example(example.features(), 0));
    double[] one = gradient(network, theta, new Example(example.features(), 1));
    double p = Math.sqrt(squared(zero)) / (Math.sqrt(squared(zero)) + Math.sqrt(squared(one)));
    double[] square = new double[k * k];
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < k; j++) {
        square[i * k + j] = p * (1 - p) * (zero[i] - one[i]) * (zero[j] - one[j]);
      }
    }
    return square;
  }

  private static double squared(double[] v) {
    return RecordWeighting.norm(v, 0, v.length) * RecordWeighting.norm(v, 0, v.length);
  }

  private static double[] gradient(Network network, double[] theta, Example example) {
    double[] gradient = new double[theta.length];
    network.perExampleGradients(theta, SmallTask.batch(List.of(example)), gradient);
    return gradient;
  }

  @Test
  void recordsGiveTheirWeightedSquares() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, 30, SmallTask.budget(1));
      GradientMap gradients =
          new GradientMap(
              task,
              task.theta(),
              Preconditioning.NONE.on(task, PublicStore.none()).before(),
              RecordWeighting.none());
      var map = new NoisySufficientStatistics.SquareMap(gradients, 1);
      int k = task.theta().length;
      List<Example> records = SmallTask.examples(20, 2, 7);
      double[] packed = new double[records.size() * map.dimension()];
      map.map(records, packed);
      for (int r = 0; r < records.size(); r++) {
        double[] own = new double[map.dimension()];
        System.arraycopy(packed, r * own.length, own, 0, own.length);
        double[] expected = weightedSquare(network, task.theta(), records.get(r));
        assertArrayEquals(expected, NoisySufficientStatistics.SquareMap.unpacked(own, k), 1e-6);
        assertEquals(
            RecordWeighting.norm(expected, 0, k * k),
            RecordWeighting.norm(own, 0, own.length),
            1e-6,
            "Frobenius");
      }
    }
  }

  /** Without noise and clip: z = (A + tiny)⁻¹ b by another way. */
  @Test
  void solvesTheWeightedLeastSquares() {
    try (Network network = Network.of(MODEL)) {
      List<Example> units = SmallTask.examples(60, 2, 2);
      FineTuningTask task = SmallTask.of(MODEL, network, 2, 60, SmallTask.budget(1e5));
      FineTuned tuned =
          new NoisySufficientStatistics(20, 1e-6, 0.5)
              .run(task, SmallTask.seeded(1), RoundListener.silent());
      int k = task.theta().length;
      double[] a = new double[k * k];
      for (Example unit : units) {
        double[] square = weightedSquare(network, task.theta(), unit);
        for (int i = 0; i < k * k; i++) {
          a[i] += square[i];
        }
      }
      double[] mean = network.meanGradient(task.theta(), SmallTask.batch(units));
      double[] inverse = Spectrum.of(k, a).inverse(1e-9);
      double[] expected = task.theta().clone();
      for (int i = 0; i < k; i++) {
        for (int j = 0; j < k; j++) {
          expected[i] -= 0.5 * inverse[i * k + j] * 60 * mean[j];
        }
      }
      assertArrayEquals(expected, tuned.theta(), 1e-3);
      assertEquals(2, tuned.releases().size());
      double total =
          GaussianDp.compose(
              tuned.releases().stream().mapToDouble(s -> Guarantees.mu(s.plan())).toArray());
      assertTrue(total <= 1e5 && total > 1e5 * (1 - 1e-10));
    }
  }

  /** Where noise drowns the statistics, the ridge keeps the model near the pretrained one. */
  @Test
  void noiseMovesLittle() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, 60, SmallTask.budget(1e-3));
      FineTuned tuned =
          new NoisySufficientStatistics(1, 3, 1)
              .run(task, SmallTask.seeded(1), RoundListener.silent());
      for (int j = 0; j < tuned.theta().length; j++) {
        assertEquals(task.theta()[j], tuned.theta()[j], 3);
      }
    }
  }

  @Test
  void refusesSeveralClasses() {
    ModelFile model = SmallTask.mlp(3, 4, 9);
    try (Network network = Network.of(model)) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new NoisySufficientStatistics(1, 1, 1)
                  .subspace(network, model.parameterValues(), SmallTask.examples(200, 3, 1)));
    }
  }
}
