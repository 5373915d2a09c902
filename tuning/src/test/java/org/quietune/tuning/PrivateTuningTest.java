package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.Example;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;

/** Seeded selections over grids whose members all help, all harm, or differ. */
class PrivateTuningTest {
  private static final int UNITS = 2000;
  private static final PrivacyBudget BUDGET =
      PrivacyBudget.of(8, 1e-5, NeighboringRelation.ADD_OR_REMOVE_ONE);

  /** A model with its kind of label, decided by the inputs. */
  private record Task(String name, ModelFile model, ToDoubleFunction<float[]> label) {
    @Override
    public String toString() {
      return name;
    }

    /** The same kinds of label, which the inputs do not tell. */
    private Task withoutTrend() {
      return new Task(
          name, model, x -> label.applyAsDouble(new float[] {hashed(x, 1), hashed(x, 2)}));
    }

    private static float hashed(float[] x, long salt) {
      return (float) new SplittableRandom(Arrays.hashCode(x) * 31L + salt).nextDouble(-2, 2);
    }

    private List<Example> examples(int count, long seed) {
      List<Example> examples = new ArrayList<>();
      for (Example example : SmallTask.examples(count, 2, seed)) {
        examples.add(new Example(example.features(), label.applyAsDouble(example.features())));
      }
      return examples;
    }

    private FineTuned tune(long seed, DpDescent... members) {
      try (Network network = Network.of(model)) {
        return new PrivateTuning("dp-gd", new TuningGrid(List.of(members), "test"), 6, 1)
            .run(task(network), SmallTask.seeded(seed), RoundListener.silent());
      }
    }

    private FineTuningTask task(Network network) {
      return SmallTask.of(model, network, examples(200, 1), examples(UNITS, 2), UNITS, BUDGET);
    }

    /** Mean loss of fresh records. */
    private double loss(double[] theta) {
      List<Example> fresh = examples(1000, 3);
      try (Network network = Network.of(model)) {
        FineTuningTask task = task(network);
        double[] falls = new double[fresh.size()];
        new ImprovementMap(task, theta, 1).map(fresh, falls);
        double sum = 0;
        for (double fall : falls) {
          sum -= fall / falls.length;
        }
        return sum;
      }
    }
  }

  private static final Task TWO_CLASSES =
      new Task("two classes", SmallTask.logistic(0.1, 3), x -> x[0] > 0 ? 1 : 0);

  private static Stream<Task> tasks() {
    return Stream.of(
        TWO_CLASSES,
        new Task("three classes", SmallTask.mlp(3, 16, 4), x -> x[0] > 0.5 ? 2 : x[1] > 0 ? 1 : 0),
        new Task("a number", SmallTask.linear(), x -> 0.3 * x[0] - 0.2 * x[1]));
  }

  private static final DpDescent HELPFUL = SmallTask.descent(5, 1, 0.5);

  /** Far beyond any minimum, where the labels leave no trend to follow. */
  private static final DpDescent RUINOUS = SmallTask.descent(3, 1, 300);

  /** Goes nowhere. */
  private static final DpDescent IDLE = SmallTask.descent(1, 1, 1e-9);

  private static boolean drawn(FineTuned tuned) {
    return tuned.settings().containsKey(PrivateTuning.SCORE_OF_RECORDS);
  }

  private static double score(FineTuned tuned) {
    return (double) Objects.requireNonNull(tuned.settings().get(PrivateTuning.SCORE_OF_RECORDS));
  }

  @ParameterizedTest
  @MethodSource("tasks")
  void aGridThatHelpsGivesABetterModel(Task task) {
    FineTuned tuned = task.tune(1, HELPFUL);
    assertTrue(drawn(tuned), "the seed has to draw a run");
    assertTrue(score(tuned) > 0, tuned.settings()::toString);
    assertFalse(PrivateTuning.PRETRAINED.equals(tuned.settings().get(PrivateTuning.SELECTED)));
    assertTrue(task.loss(tuned.theta()) < -0.01, () -> "fell by " + -task.loss(tuned.theta()));
  }

  /** Of six runs in the mean, the best is one that harms least; it is not given back. */
  @ParameterizedTest
  @MethodSource("tasks")
  void aGridThatOnlyHarmsGivesThePretrainedModelBack(Task task) {
    FineTuned tuned = task.withoutTrend().tune(1, RUINOUS);
    assertTrue(drawn(tuned), "the seed has to draw a run");
    assertTrue(score(tuned) < 0, tuned.settings()::toString);
    assertEquals(PrivateTuning.PRETRAINED, tuned.settings().get(PrivateTuning.SELECTED));
    assertArrayEquals(task.model.parameterValues(), tuned.theta());
    assertEquals(4, tuned.releases().size(), "what was released is shown all the same");
  }

  /** Eight seeds, six runs in the mean: a member of two is among them with probability .95. */
  @Test
  void theHelpfulMemberIsChosenWhereItRan() {
    int chosen = 0;
    for (long seed = 0; seed < 8; seed++) {
      FineTuned tuned = TWO_CLASSES.tune(seed, IDLE, HELPFUL);
      boolean helpful = Integer.valueOf(2).equals(tuned.settings().get("candidate"));
      assertEquals(helpful, drawn(tuned) && score(tuned) > 0.05, () -> "seed of " + tuned);
      chosen += helpful ? 1 : 0;
    }
    assertTrue(chosen >= 6, "chosen by " + chosen + " of 8 seeds");
  }
}
