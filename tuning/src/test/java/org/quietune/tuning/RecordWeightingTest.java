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
import org.quietune.geometry.IsotropicWhitener;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;

class RecordWeightingTest {
  private static final int SIZE = 40;
  private static final int D = SmallTask.WIDTH + 1;

  /** The vectors that the door would get, in plain coordinates. */
  private static double[] vectors(
      ModelFile model, List<Example> records, RecordWeighting weighting) {
    try (Network network = Network.of(model)) {
      FineTuningTask task =
          SmallTask.of(model, network, records, records, SIZE, SmallTask.budget(1));
      double[] out = new double[records.size() * D];
      new GradientMap(task, task.theta(), new IsotropicWhitener(D, 0), weighting).map(records, out);
      return out;
    }
  }

  private static List<Example> labeled(List<Example> records, double label) {
    return records.stream().map(record -> new Example(record.features(), label)).toList();
  }

  @Property(tries = 50)
  void everyVectorIsHeldByTheClipNorm(
      @ForAll @DoubleRange(min = 0.01, max = 10) double clipNorm,
      @ForAll @DoubleRange(min = 0.1, max = 5) double size,
      @ForAll long seed) {
    List<Example> records = SmallTask.examples(SIZE, 2, seed + 1);
    double[] weighted =
        vectors(SmallTask.logistic(size, seed), records, RecordWeighting.mallows(clipNorm));
    for (int i = 0; i < SIZE; i++) {
      assertTrue(RecordWeighting.norm(weighted, i * D, D) <= clipNorm * (1 + 1e-12));
    }
  }

  /** The weight is the same for either label: what a plain norm clip gets wrong. */
  @Property(tries = 50)
  void weightsDoNotDependOnTheLabel(
      @ForAll @DoubleRange(min = 0.01, max = 10) double clipNorm,
      @ForAll @DoubleRange(min = 0.1, max = 5) double size,
      @ForAll long seed) {
    ModelFile model = SmallTask.logistic(size, seed);
    List<Example> records = SmallTask.examples(SIZE, 2, seed + 1);
    RecordWeighting mallows = RecordWeighting.mallows(clipNorm);
    // A gradient may rest on float32, so a weight is known to about seven digits.
    assertArrayEquals(
        weights(model, labeled(records, 0), mallows),
        weights(model, labeled(records, 1), mallows),
        2e-6);
  }

  private static double[] weights(
      ModelFile model, List<Example> records, RecordWeighting weighting) {
    double[] raw = vectors(model, records, RecordWeighting.none());
    double[] weighted = vectors(model, records, weighting);
    double[] weights = new double[records.size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = RecordWeighting.norm(weighted, i * D, D) / RecordWeighting.norm(raw, i * D, D);
    }
    return weights;
  }

  /** The broken twin: a norm clip's weights do depend on the label, and the comparison shows it. */
  @Test
  void aNormClipWouldBeFound() {
    RecordWeighting normClip =
        (records, logits, vectors, d) -> {
          for (int i = 0; i < records.size(); i++) {
            double weight = Math.min(1, 0.5 / RecordWeighting.norm(vectors, i * d, d));
            for (int j = i * d; j < (i + 1) * d; j++) {
              vectors[j] *= weight;
            }
          }
        };
    ModelFile model = SmallTask.logistic(2, 5);
    List<Example> records = SmallTask.examples(SIZE, 2, 6);
    double[] zero = weights(model, labeled(records, 0), normClip);
    double[] one = weights(model, labeled(records, 1), normClip);
    double largest = 0;
    for (int i = 0; i < SIZE; i++) {
      largest = Math.max(largest, Math.abs(zero[i] - one[i]));
    }
    assertTrue(largest > 0.1, "" + largest);
  }

  /**
   * p = 3/4: the gradients (p−y)·(1, 2, 2, 1) have norms ¼√10 and ¾√10; the larger is the bound.
   */
  @Test
  void boundIsTheLargerOfTheTwoNorms() {
    double logit = Math.log(3);
    double[] positive = {-0.25, -0.5, -0.5, -0.25};
    double[] negative = {0.75, 1.5, 1.5, 0.75};
    double bound = 0.75 * Math.sqrt(10);
    assertEquals(bound, RecordWeighting.labelFreeNorm(positive, 0, 4, logit, 1), 1e-14);
    assertEquals(bound, RecordWeighting.labelFreeNorm(negative, 0, 4, logit, 0), 1e-14);
    assertEquals(0.25 * Math.sqrt(10), RecordWeighting.norm(positive, 0, 4), 1e-15);
  }

  /** Certain predictions, right or wrong, leave finite weights. */
  @Test
  void extremeLogitsStayFinite() {
    for (double logit : new double[] {-1e4, -710, -90, 90, 710, 1e4}) {
      for (double label : new double[] {0, 1}) {
        double[] vector = {1, 1};
        RecordWeighting.mallows(0.5)
            .apply(List.of(new Example(new float[0], label)), new double[] {logit}, vector, 2);
        assertTrue(vector[0] >= 0 && vector[0] <= 0.5, logit + ", " + label + ": " + vector[0]);
      }
    }
  }

  @Test
  void keepsWhatIsShortAlready() {
    ModelFile model = SmallTask.logistic(1, 7);
    List<Example> records = SmallTask.examples(SIZE, 2, 8);
    double[] raw = vectors(model, records, RecordWeighting.none());
    assertArrayEquals(raw, vectors(model, records, RecordWeighting.mallows(1e6)));
    assertNotEquals(raw[0], vectors(model, records, RecordWeighting.mallows(1e-3))[0]);
  }
}
