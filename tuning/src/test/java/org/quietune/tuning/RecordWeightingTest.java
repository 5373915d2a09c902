package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.quietune.data.Example;
import org.quietune.geometry.IdentitySubspace;
import org.quietune.geometry.IsotropicWhitener;
import org.quietune.geometry.Subspace;
import org.quietune.geometry.Whitener;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;

class RecordWeightingTest {
  private static final int SIZE = 40;

  private static double[] vectors(Network network, Batch batch, RecordWeighting weighting) {
    int d = network.parameterCount();
    Subspace all = new IdentitySubspace(d);
    Whitener plain = new IsotropicWhitener(d, 0);
    double[] out = new double[batch.size() * d];
    new GradientMap(network, network.parameterValues(), all, plain, weighting).map(batch, out);
    return out;
  }

  private static double norm(double[] vectors, int row, int d) {
    double squared = 0;
    for (int j = row * d; j < (row + 1) * d; j++) {
      squared += vectors[j] * vectors[j];
    }
    return Math.sqrt(squared);
  }

  private static Batch labeled(Batch batch, double label) {
    double[] labels = new double[batch.size()];
    java.util.Arrays.fill(labels, label);
    return new Batch(batch.size(), batch.width(), batch.features(), labels);
  }

  @Property(tries = 50)
  void everyVectorIsHeldByTheClipNorm(
      @ForAll @DoubleRange(min = 0.01, max = 10) double clipNorm,
      @ForAll @DoubleRange(min = 0.1, max = 5) double size,
      @ForAll long seed) {
    ModelFile model = SmallTask.logistic(size, seed);
    Batch batch = SmallTask.batch(SmallTask.examples(SIZE, 2, seed + 1));
    try (Network network = Network.of(model)) {
      int d = network.parameterCount();
      double[] weighted = vectors(network, batch, RecordWeighting.mallows(clipNorm));
      for (int i = 0; i < SIZE; i++) {
        assertTrue(norm(weighted, i, d) <= clipNorm * (1 + 1e-12));
      }
    }
  }

  /** The weight is the same for either label: what a plain norm clip gets wrong. */
  @Property(tries = 50)
  void weightsDoNotDependOnTheLabel(
      @ForAll @DoubleRange(min = 0.01, max = 10) double clipNorm,
      @ForAll @DoubleRange(min = 0.1, max = 5) double size,
      @ForAll long seed) {
    ModelFile model = SmallTask.logistic(size, seed);
    Batch batch = SmallTask.batch(SmallTask.examples(SIZE, 2, seed + 1));
    try (Network network = Network.of(model)) {
      double[] zero = weights(network, labeled(batch, 0), RecordWeighting.mallows(clipNorm));
      double[] one = weights(network, labeled(batch, 1), RecordWeighting.mallows(clipNorm));
      // Gradients are float32, so a weight is known to about seven digits.
      assertArrayEquals(zero, one, 2e-6);
    }
  }

  private static double[] weights(Network network, Batch batch, RecordWeighting weighting) {
    int d = network.parameterCount();
    double[] raw = vectors(network, batch, RecordWeighting.none());
    double[] weighted = vectors(network, batch, weighting);
    double[] weights = new double[batch.size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = norm(weighted, i, d) / norm(raw, i, d);
    }
    return weights;
  }

  /** The broken twin: a norm clip's weights do depend on the label, and the comparison shows it. */
  @Test
  void aNormClipWouldBeFound() {
    RecordWeighting normClip =
        (network, theta, batch, vectors, d) -> {
          for (int i = 0; i < batch.size(); i++) {
            double weight = Math.min(1, 0.5 / norm(vectors, i, d));
            for (int j = i * d; j < (i + 1) * d; j++) {
              vectors[j] *= weight;
            }
          }
        };
    Batch batch = SmallTask.batch(SmallTask.examples(SIZE, 2, 6));
    try (Network network = Network.of(SmallTask.logistic(2, 5))) {
      double[] zero = weights(network, labeled(batch, 0), normClip);
      double[] one = weights(network, labeled(batch, 1), normClip);
      double largest = 0;
      for (int i = 0; i < SIZE; i++) {
        largest = Math.max(largest, Math.abs(zero[i] - one[i]));
      }
      assertTrue(largest > 0.1, "" + largest);
    }
  }

  /** {@code max(p, 1−p)·‖(x, 1)‖} for logistic regression in plain coordinates. */
  @Test
  void boundIsTheLargerOfTheTwoNorms() {
    Example example = new Example(new float[] {1, 2, 2}, 1);
    Batch batch = SmallTask.batch(List.of(example));
    try (Network network = Network.of(SmallTask.logistic(1, 3))) {
      double[] theta = {0, 0, 0, Math.log(3)};
      int d = network.parameterCount();
      double[] gradient = new double[d];
      network.perExampleGradients(theta, batch, gradient);
      assertEquals(0.25 * Math.sqrt(10), norm(gradient, 0, d), 1e-6);
      double[] bound = RecordWeighting.labelFreeNorms(network, theta, batch, gradient, d);
      assertEquals(0.75 * Math.sqrt(10), bound[0], 1e-6);
    }
  }

  @Test
  void keepsWhatIsShortAlready() {
    Batch batch = SmallTask.batch(SmallTask.examples(SIZE, 2, 8));
    try (Network network = Network.of(SmallTask.logistic(1, 7))) {
      double[] raw = vectors(network, batch, RecordWeighting.none());
      assertArrayEquals(raw, vectors(network, batch, RecordWeighting.mallows(1e6)));
      assertNotEquals(raw[0], vectors(network, batch, RecordWeighting.mallows(1e-3))[0]);
    }
  }
}
