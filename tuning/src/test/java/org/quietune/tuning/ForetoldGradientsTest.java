package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.geometry.CoordinateSubspace;
import org.quietune.geometry.RidgeRegression;
import org.quietune.geometry.TurnedWhitener;
import org.quietune.geometry.Whitener;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.NoisySum;
import org.quietune.release.VectorMap;

class ForetoldGradientsTest {
  private static final ModelFile MODEL = SmallTask.logistic(0.5, 3);
  private static final int UNITS = 80;

  private static Whitener inner(FineTuningTask task) {
    return task.curvature(task.theta()).whitener(0.2);
  }

  private static Round round(FineTuningTask task) {
    return ForetoldGradients.of(task, task.theta(), inner(task))
        .orElseThrow()
        .round(GaussianBudget.in(task));
  }

  /** The inputs and the one of the bias: the gradient of a linear model's logit. */
  private static double[] input(Example record) {
    double[] input = new double[SmallTask.WIDTH + 1];
    for (int j = 0; j < SmallTask.WIDTH; j++) {
      input[j] = record.features()[j];
    }
    input[SmallTask.WIDTH] = 1;
    return input;
  }

  /** W A (x − x̄), A from residuals times inputs, without the maps that private records take. */
  @Test
  void vectorsByTheFormula() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(1));
      List<Example> open = task.publicData().labelled();
      int k = SmallTask.WIDTH + 1;
      double[] inputs = new double[open.size() * k];
      double[] gradients = new double[open.size() * k];
      for (int i = 0; i < open.size(); i++) {
        double[] input = input(open.get(i));
        double logit = 0;
        for (int j = 0; j < k; j++) {
          logit += task.theta()[j] * input[j];
        }
        double residual = 1 / (1 + Math.exp(-logit)) - open.get(i).label();
        for (int j = 0; j < k; j++) {
          inputs[i * k + j] = input[j];
          gradients[i * k + j] = residual * input[j];
        }
      }
      RidgeRegression regression = RidgeRegression.of(open.size(), inputs, gradients, 1.4);
      Round round = round(task);
      Example record = SmallTask.examples(1, 2, 9).get(0);
      double[] expected = round.whitener().whiten(regression.foretell(input(record)));
      double[] vector = new double[expected.length];
      round.foretelling().orElseThrow().map(task, task.theta()).map(List.of(record), vector);
      double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
      assertArrayEquals(expected, vector, 1e-5 * largest);
    }
  }

  /** To the last bit, and for labels that no record should have. */
  @Test
  void labelsDoNotEnter() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(1));
      VectorMap<Example> map = round(task).foretelling().orElseThrow().map(task, task.theta());
      for (Example record : SmallTask.examples(20, 2, 9)) {
        double[] expected = new double[map.dimension()];
        map.map(List.of(record), expected);
        for (double label : new double[] {0, 1, 7, Double.NaN}) {
          double[] vector = new double[map.dimension()];
          map.map(List.of(new Example(record.features(), label)), vector);
          assertArrayEquals(expected, vector, 0.0);
        }
      }
    }
  }

  /** The step is −½B'ᵀ F y/n̄, and what is kept of the round makes it again, bit for bit. */
  @Test
  void aRoundStepsByItsFactorsAndIsKept() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(1));
      Round round = round(task);
      NoisySum sum = round.release(task, task.theta(), SmallTask.seeded(7), "round");
      double noise = sum.plan().noiseScale() / UNITS;
      double[] vector = sum.vector();
      double[] kept = round.factors();
      double[] squares = squares(round.whitener());
      for (int j = 0; j < vector.length; j++) {
        double factor = 3 * squares[j] / (3 * squares[j] * squares[j] + noise * noise);
        assertEquals(factor, kept[j], 1e-6 * factor);
        vector[j] *= factor;
      }
      double[] expected = round.whitener().unwhiten(vector);
      for (int j = 0; j < expected.length; j++) {
        expected[j] = task.theta()[j] - expected[j] / UNITS / 2;
      }
      double[] stepped = round.step(task, task.theta(), sum);
      assertArrayEquals(expected, stepped, 1e-6);
      RoundFormat format = new RoundFormat();
      Round again = format.decode(format.encode(round));
      assertArrayEquals(stepped, again.step(task, task.theta(), sum), 0.0);
      assertArrayEquals(
          sum.cells(), again.release(task, task.theta(), SmallTask.seeded(7), "round").cells());
    }
  }

  private static double[] squares(Whitener whitener) {
    return ((TurnedWhitener) whitener).meanSquares();
  }

  /** Where the bias alone is trained all logits have one gradient. */
  @Test
  void onlyInputsForetell() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask whole = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(1));
      FineTuningTask bias =
          new FineTuningTask(
              network,
              whole.rowwise(),
              whole.theta(),
              whole.publicData(),
              whole.records(),
              UNITS,
              new CoordinateSubspace(SmallTask.WIDTH + 1, new int[] {SmallTask.WIDTH}),
              whole.budget());
      assertTrue(ForetoldGradients.of(bias, bias.theta(), inner(bias)).isEmpty());
      RoundsPlan plan = RoundsPlan.ofRounds(bias, bias.curvature(bias.theta()), 3);
      assertEquals(List.of(1, 2), plan.legs().stream().map(RoundsPlan.Leg::rounds).toList());
    }
  }

  /** Until three tenths are taken a fifth is left unknown, whatever the budget. */
  @Test
  void theShareLeavesAFifthUnknown() {
    try (Network network = Network.of(MODEL)) {
      double last = 1;
      for (double mu : new double[] {1e-4, 0.03, 1, 10}) {
        FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(mu));
        ForetoldGradients foretold =
            ForetoldGradients.of(task, task.theta(), inner(task)).orElseThrow();
        GaussianBudget budget = GaussianBudget.in(task);
        double share = foretold.share(budget);
        Round round = foretold.round(budget.share(share));
        double noise = round.terms().clip().clipNorm() * round.terms().noise().multiplier() / UNITS;
        double left = 0;
        double all = 0;
        for (double q : squares(round.whitener())) {
          left += q * noise * noise / (3 * q * q + noise * noise);
          all += q;
        }
        assertTrue(share <= last);
        last = share;
        if (mu < 0.1) {
          assertEquals(0.3, share);
          assertTrue(left / all > 0.2);
        } else {
          assertTrue(share < 0.3, "share: " + share);
          assertEquals(0.2, left / all, 1e-6);
        }
      }
    }
  }

  /**
   * Risk grows with the first input on one side of zero alone, so that a linear fit to all is not
   * the best fit to records of one side. Their inputs foretell that, though their labels are noise.
   */
  @Test
  void inputsThatLieElsewhereMoveTheFitWhereTheirLabelsWould() {
    List<Example> open = bent(4000, 1, -2, 2);
    ModelFile pretrained =
        PublicTraining.train(
                PublicTable.of(List.of("x0", "x1", "x2"), open),
                Architecture.logistic(),
                share -> {})
            .model();
    List<Example> elsewhere = bent(2000, 2, 0, 2);
    List<Example> alike = bent(2000, 3, -2, 2);
    try (Network network = Network.of(pretrained)) {
      double moved = gain(pretrained, network, open, elsewhere);
      assertTrue(moved > 0.001, "gain: " + moved);
      double stayed = gain(pretrained, network, open, alike);
      assertTrue(Math.abs(stayed) < moved / 10, "gain: " + stayed + " after " + moved);
      // The twin: the other side foretells the other way.
      assertFalse(gain(pretrained, network, open, bent(2000, 4, -2, 0), elsewhere) > 0);
    }
  }

  /** By how much the loss on private records falls when one release is made of them. */
  private static double gain(
      ModelFile model, Network network, List<Example> open, List<Example> closed) {
    return gain(model, network, open, closed, closed);
  }

  private static double gain(
      ModelFile model,
      Network network,
      List<Example> open,
      List<Example> closed,
      List<Example> judged) {
    SplittableRandom random = new SplittableRandom(5);
    List<Example> mislabelled =
        closed.stream().map(r -> new Example(r.features(), random.nextInt(2))).toList();
    FineTuningTask task =
        SmallTask.of(model, network, open, mislabelled, closed.size(), SmallTask.budget(1));
    Round round = round(task);
    NoisySum sum = round.release(task, task.theta(), SmallTask.seeded(1), "round");
    return network.loss(task.theta(), SmallTask.batch(judged))
        - network.loss(round.step(task, task.theta(), sum), SmallTask.batch(judged));
  }

  private static List<Example> bent(int count, long seed, double from, double to) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float x = (float) random.nextDouble(from, to);
      float[] features = {x, (float) random.nextDouble(-2, 2), (float) random.nextDouble(-2, 2)};
      double risk = 1 / (1 + Math.exp(1 - 3 * Math.max(0, x)));
      examples.add(new Example(features, random.nextDouble() < risk ? 1 : 0));
    }
    return examples;
  }
}
