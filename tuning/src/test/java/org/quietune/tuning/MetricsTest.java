package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MetricsTest {

  @Test
  void rankingByHand() {
    double[] scores = {0.7, 0.9, 0.6, 0.8};
    double[] labels = {1, 1, 0, 0};
    // Three of the four pairs stand right; precision is 1 at the first positive, 2/3 at the second.
    assertEquals(0.75, Metrics.auroc(scores, labels), 1e-15);
    assertEquals((1 + 2.0 / 3) / 2, Metrics.auprc(scores, labels), 1e-15);
  }

  @Test
  void tiesByHand() {
    double[] allSame = {0.5, 0.5, 0.5, 0.5};
    assertEquals(0.5, Metrics.auroc(allSame, new double[] {1, 0, 0, 1}), 1e-15);
    assertEquals(0.25, Metrics.auprc(allSame, new double[] {0, 0, 0, 1}), 1e-15);
    double[] oneTie = {0.9, 0.5, 0.5, 0.1};
    for (double[] labels : new double[][] {{1, 1, 0, 0}, {1, 0, 1, 0}}) {
      assertEquals(3.5 / 4, Metrics.auroc(oneTie, labels), 1e-15);
      assertEquals((1 + 2.0 / 3) / 2, Metrics.auprc(oneTie, labels), 1e-15);
    }
  }

  /** Against the definitions over all pairs, on scores with many ties. */
  @Property(tries = 100)
  void rankingMatchesItsDefinition(
      @ForAll @IntRange(min = 2, max = 60) int n,
      @ForAll @IntRange(min = 1, max = 12) int levels,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] scores = random.ints(n, 0, levels).mapToDouble(s -> s / 16.0).toArray();
    double[] labels = random.ints(n, 0, 2).asDoubleStream().toArray();
    labels[0] = 0;
    labels[1] = 1;
    double wins = 0;
    double pairs = 0;
    double precisions = 0;
    double positives = 0;
    for (int i = 0; i < n; i++) {
      double atLeast = 0;
      double positiveAtLeast = 0;
      for (int j = 0; j < n; j++) {
        if (labels[i] == 1 && labels[j] == 0) {
          pairs++;
          wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
        if (scores[j] >= scores[i]) {
          atLeast++;
          positiveAtLeast += labels[j];
        }
      }
      if (labels[i] == 1) {
        positives++;
        precisions += positiveAtLeast / atLeast;
      }
    }
    assertEquals(wins / pairs, Metrics.auroc(scores, labels), 1e-12);
    assertEquals(precisions / positives, Metrics.auprc(scores, labels), 1e-12);
  }

  @Test
  void twoClassesByHand() {
    float[] probabilities = {0.75f, 0.25f, 0.5f, 0.5f};
    Metrics metrics = Metrics.of(probabilities, new double[] {1, 1, 0, 1});
    assertEquals(4, metrics.records());
    // One half counts for class 0.
    assertEquals(0.5, metrics.accuracy());
    assertEquals(-(Math.log(0.75) + Math.log(0.25) + 2 * Math.log(0.5)) / 4, metrics.loss(), 1e-15);
    assertEquals(Set.of("accuracy", "loss", "auroc", "auprc"), metrics.named().keySet());
    // The same as one column for each class.
    float[] columns = {0.25f, 0.75f, 0.75f, 0.25f, 0.5f, 0.5f, 0.5f, 0.5f};
    assertEquals(metrics, Metrics.of(columns, new double[] {1, 1, 0, 1}));
  }

  @Test
  void threeClassesByHand() {
    float[] probabilities = {0.75f, 0.125f, 0.125f, 0.25f, 0.25f, 0.5f, 0, 0, 1};
    Metrics metrics = Metrics.of(probabilities, new double[] {0, 1, 2});
    assertEquals(2.0 / 3, metrics.accuracy(), 1e-15);
    assertEquals(-(Math.log(0.75) + Math.log(0.25)) / 3, metrics.loss(), 1e-15);
    assertTrue(Double.isNaN(metrics.auroc()) && Double.isNaN(metrics.auprc()));
    assertEquals(Set.of("accuracy", "loss"), metrics.named().keySet());
  }

  @Test
  void certaintyThatIsWrongCostsABoundedLoss() {
    assertEquals(-Math.log(1e-12), Metrics.of(new float[] {0}, new double[] {1}).loss(), 1e-12);
  }

  @Test
  void oneClassHasNoRanking() {
    for (double label : new double[] {0, 1}) {
      Metrics metrics = Metrics.of(new float[] {0.1f, 0.9f}, new double[] {label, label});
      assertTrue(Double.isNaN(metrics.auroc()) && Double.isNaN(metrics.auprc()));
    }
  }

  @Test
  void refusesShapesThatDoNotFit() {
    assertThrows(IllegalArgumentException.class, () -> Metrics.of(new float[3], new double[2]));
    assertThrows(IllegalArgumentException.class, () -> Metrics.of(new float[0], new double[0]));
  }
}
