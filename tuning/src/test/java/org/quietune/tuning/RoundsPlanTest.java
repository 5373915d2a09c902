package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quietune.geometry.Curvature;
import org.quietune.geometry.Shrinkage;
import org.quietune.geometry.Whitener;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;

/** What a budget buys, and that one which buys nothing leaves the model as it is. */
class RoundsPlanTest {
  private static final ModelFile MODEL = SmallTask.logistic(0.5, 3);
  private static final int UNITS = 80;
  private static final int SEEDS = 40;

  private static RoundsPlan plan(FineTuningTask task) {
    return RoundsPlan.automatic(task, task.curvature(task.theta()));
  }

  /** ½ s² C² d_eff(λ) / (n̄μ)², in nats of public quadratic loss. */
  private static double noiseCost(FineTuningTask task, RoundsPlan plan, double mu) {
    RoundsPlan.Leg leg = plan.legs().get(0);
    Curvature curvature = task.curvature(task.theta());
    Whitener whitener = curvature.whitener(plan.damping());
    double scale =
        leg.totalStep()
            * leg.round(task, task.theta(), whitener).terms().clip().clipNorm()
            / (task.nominalRecords() * mu);
    return 0.5 * scale * scale * curvature.effectiveDimension(plan.damping());
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-6, 1e-4, 1e-3, 1e-2})
  void aSmallBudgetBuysOneShrunkLegWithinItsNoiseCost(double mu) {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(mu));
      RoundsPlan plan = plan(task);
      assertEquals(1, plan.legs().size());
      assertTrue(plan.legs().get(0).shrunk());
      assertTrue(noiseCost(task, plan, mu) <= 0.002 * (1 + 1e-9), plan.toString());
    }
  }

  @Test
  void theLessABudgetBuysTheMoreIsDampedAndTheLessIsMoved() {
    try (Network network = Network.of(MODEL)) {
      double damping = Double.POSITIVE_INFINITY;
      for (double mu : new double[] {1e-6, 1e-4, 1e-2, 1}) {
        FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(mu));
        RoundsPlan plan = plan(task);
        assertTrue(plan.damping() <= damping, "mu = " + mu);
        damping = plan.damping();
      }
    }
  }

  @Test
  void aLargeBudgetBuysTwoLegs() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(1000));
      assertEquals(2, plan(task).legs().size());
    }
  }

  /** Four parameters are one block, since two of two cannot be shrunk. */
  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.9, 2})
  void aStepIsCutToTheShrinkageFactor(double stepSize) {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(0.3));
      Whitener whitener = task.curvature(task.theta()).whitener(1);
      Terms terms = new Terms(new L2Clip(0.5), GaussianBudget.in(task).noise());
      Round round = new Round(whitener, terms, false, true, stepSize);
      NoisySum sum = round.release(task, task.theta(), SmallTask.seeded(7), "round");
      double scale = sum.plan().noiseScale();
      double factor = Shrinkage.jamesStein(sum.vector(), scale * scale, new int[] {4}).factors()[0];
      assertTrue(factor > 0.01 && factor < 0.9, "the cases lie on both sides: " + factor);
      double step = Math.min(stepSize, factor);
      double[] expected = whitener.unwhiten(sum.vector());
      for (int j = 0; j < expected.length; j++) {
        expected[j] = task.theta()[j] - step * expected[j] / UNITS;
      }
      assertArrayEquals(expected, round.step(task, task.theta(), sum), 1e-12);
    }
  }

  /**
   * With next to no budget no run ends far from the pretrained model. The twin spends the same
   * budget on unshrunk full steps, and is thrown about.
   */
  @Test
  void aBudgetThatBuysNothingLeavesTheModel() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(1e-3));
      double worst = 0;
      for (int seed = 0; seed < SEEDS; seed++) {
        double[] theta =
            QuadraticExponentialMechanism.automatic()
                .run(task, SmallTask.seeded(seed), RoundListener.silent())
                .theta();
        worst = Math.max(worst, publicLoss(task, theta));
      }
      double pretrained = publicLoss(task, task.theta());
      // The noise of all releases costs .002 nats in the mean; this is twenty times that.
      assertTrue(worst < pretrained + 0.04, worst + " after " + pretrained);

      Round twin =
          new Round(
              task.curvature(task.theta()).whitener(1),
              new Terms(new L2Clip(0.5), GaussianBudget.in(task).noise()),
              false,
              false,
              1);
      NoisySum sum = twin.release(task, task.theta(), SmallTask.seeded(1), "round");
      double thrown = publicLoss(task, twin.step(task, task.theta(), sum));
      assertFalse(thrown < pretrained + 0.04, thrown + " after " + pretrained);
    }
  }

  private static double publicLoss(FineTuningTask task, double[] theta) {
    double[] logits = task.network().logits(theta, SmallTask.batch(task.publicData()));
    double[] labels = task.publicData().stream().mapToDouble(e -> e.label()).toArray();
    double[] losses = new double[logits.length];
    for (int i = 0; i < losses.length; i++) {
      losses[i] = Math.log1p(Math.exp(labels[i] > 0 ? -logits[i] : logits[i]));
    }
    return Arrays.stream(losses).average().orElseThrow();
  }
}
