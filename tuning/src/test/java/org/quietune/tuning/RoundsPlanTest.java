package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quietune.data.Example;
import org.quietune.geometry.Curvature;
import org.quietune.geometry.Shrinkage;
import org.quietune.geometry.Whitener;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.PublicValue;

/** What a budget buys, and that one which buys nothing leaves the model as it is. */
class RoundsPlanTest {
  private static final ModelFile MODEL = SmallTask.logistic(0.5, 3);

  /** Of three classes, so that its plan has openings. */
  private static final ModelFile NETWORK = SmallTask.mlp(3, 6, 3);

  /** Of one logit. */
  private static final ModelFile BINARY = SmallTask.mlp(2, 6, 3);

  private static final int UNITS = 80;

  /** So many that their own number leaves next to nothing to chance. */
  private static final int MANY_UNITS = 4000;

  private static final int SEEDS = 40;

  private static RoundsPlan plan(FineTuningTask task) {
    return RoundsPlan.automatic(task, task.curvature(task.theta()));
  }

  /** ½ s² C² d_eff(λ) / (n̄μ)², in nats of public quadratic loss. */
  private static double noiseCost(FineTuningTask task, RoundsPlan plan, double mu) {
    RoundsPlan.Leg leg = plan.legs().get(0);
    Curvature curvature = task.curvature(task.theta());
    double scale =
        leg.totalStep()
            * leg.round(task, task.theta(), curvature, plan.damping()).terms().clip().clipNorm()
            / (task.nominalRecords() * mu);
    return 0.5 * scale * scale * curvature.effectiveDimension(plan.damping());
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-6, 1e-4, 1e-3, 1e-2})
  void aSmallBudgetBuysOneShrunkLegWithinItsNoiseCost(double mu) {
    try (Network network = Network.of(NETWORK)) {
      FineTuningTask task = SmallTask.of(NETWORK, network, 2, UNITS, SmallTask.budget(mu));
      RoundsPlan plan = plan(task);
      assertEquals(1, plan.legs().size());
      assertTrue(plan.legs().get(0).shrunk());
      assertTrue(noiseCost(task, plan, mu) <= 0.002 * (1 + 1e-9), plan.toString());
    }
  }

  @Test
  void theLessABudgetBuysTheMoreIsDampedAndTheLessIsMoved() {
    try (Network network = Network.of(NETWORK)) {
      double damping = Double.POSITIVE_INFINITY;
      for (double mu : new double[] {1e-6, 1e-4, 1e-2, 1}) {
        FineTuningTask task = SmallTask.of(NETWORK, network, 2, UNITS, SmallTask.budget(mu));
        RoundsPlan plan = plan(task);
        assertTrue(plan.damping() <= damping, "mu = " + mu);
        damping = plan.damping();
      }
    }
  }

  @Test
  void aLargeBudgetBuysTwoLegs() {
    try (Network network = Network.of(NETWORK)) {
      FineTuningTask task = SmallTask.of(NETWORK, network, 2, UNITS, SmallTask.budget(1000));
      assertEquals(2, plan(task).legs().size());
    }
  }

  /**
   * A budget that buys no step in all directions goes to what inputs foretell and to the shifts,
   * and all of it; one round goes to the shifts.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1e-6, 1e-3, 1e-2})
  void logisticRegressionSpendsASmallBudgetOnShifts(double mu) {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(mu));
      RoundsPlan plan = plan(task);
      double share = plan.legs().get(0).share();
      assertTrue(share > 0 && share <= 0.3, "share: " + share);
      assertEquals(
          List.of(
              new RoundsPlan.Leg(true, false, false, false, 1, share, 0.5),
              new RoundsPlan.Leg(false, true, true, false, 1, 1 - share, 1)),
          plan.legs());
      assertEquals(plan, ofRounds(task, 2));
      assertEquals(
          List.of(new RoundsPlan.Leg(false, true, true, false, 1, 1, 1)), ofRounds(task, 1).legs());
    }
  }

  /**
   * Nothing is foretold of these, which begin along the shifts. Where their number leaves little to
   * chance they go further, in more rounds; few rounds do not go further.
   */
  @Test
  void aNetworkOfOneLogitGoesAlongShiftsAndThenOn() {
    try (Network network = Network.of(BINARY)) {
      FineTuningTask small = SmallTask.of(BINARY, network, 2, UNITS, SmallTask.budget(1e-3));
      assertEquals(
          List.of(new RoundsPlan.Leg(false, true, true, false, 1, 1, 1)), plan(small).legs());
      FineTuningTask large = SmallTask.of(BINARY, network, 2, MANY_UNITS, SmallTask.budget(100));
      assertEquals(List.of(1, 4), rounds(plan(large)));
      assertEquals(List.of(1, 2), rounds(ofRounds(large, 3)));
      double step = plan(large).legs().get(1).totalStep();
      assertTrue(step > 0.75 && step <= 1, "step: " + step);
      assertEquals(step, ofRounds(large, 5).legs().get(1).totalStep());
      assertEquals(0.5, ofRounds(large, 3).legs().get(1).totalStep());
      FineTuningTask few = SmallTask.of(BINARY, network, 2, UNITS, SmallTask.budget(100));
      assertEquals(List.of(1, 2), rounds(plan(few)));
      assertTrue(plan(few).legs().get(1).totalStep() < 0.5);
    }
  }

  private static List<Integer> rounds(RoundsPlan plan) {
    return plan.legs().stream().map(RoundsPlan.Leg::rounds).toList();
  }

  private static RoundsPlan ofRounds(FineTuningTask task, int rounds) {
    return RoundsPlan.ofRounds(task, task.curvature(task.theta()), rounds);
  }

  /** A plan that was kept before inputs foretold anything has no such release. */
  @Test
  void plansOfEarlierVersionsAreRead() {
    RoundsPlan plan =
        new RoundsPlan(0.5, List.of(new RoundsPlan.Leg(false, true, true, false, 1, 1, 1)));
    PlanFormat<RoundsPlan> format = new PlanFormat<>(RoundsPlan.class);
    PublicValue kept = format.encode(plan);
    ObjectNode header = kept.header().deepCopy();
    assertNotNull(((ObjectNode) header.path("plan").path("legs").get(0)).remove("foretold"));
    assertEquals(plan, format.decode(new PublicValue(header, new byte[0])));
  }

  /**
   * s maximizes .035 s − ½ (.035 + Q + S) s², Q = C² d_eff/(n̄μ)² of the share that the leg gets
   * and S the mean square of a public record's weighted gradient over n̄. Without S it does not.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1, 3, 100})
  void theStepAfterShiftsHasTheBestExpectedOutcome(double mu) {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(mu));
      Curvature curvature = task.curvature(task.theta());
      RoundsPlan plan = plan(task);
      assertEquals(curvature.mean() / 2, plan.damping(), 1e-12);
      assertEquals(3, plan.legs().size());
      assertTrue(plan.legs().get(0).foretold());
      assertTrue(plan.legs().get(1).alongShifts());
      RoundsPlan.Leg leg = plan.legs().get(2);
      assertTrue(leg.labelFree());
      assertEquals(1, plan.legs().stream().mapToDouble(RoundsPlan.Leg::share).sum(), 1e-15);
      double clipNorm =
          leg.round(task, task.theta(), curvature, plan.damping()).terms().clip().clipNorm();
      double ratio = clipNorm / (UNITS * mu);
      double noise = ratio * ratio / leg.share() * curvature.effectiveDimension(plan.damping());
      double chance = weightedSquare(task, curvature.whitener(plan.damping()), clipNorm) / UNITS;
      double step = leg.totalStep();
      double error = noise + chance;
      assertTrue(outcome(step, error) > outcome(step * 1.01, error));
      assertTrue(outcome(step, error) > outcome(step * 0.99, error));
      assertTrue(outcome(step * 1.01, noise) > outcome(step, noise));
    }
  }

  private static double outcome(double step, double error) {
    return 0.035 * step - 0.5 * (0.035 + error) * step * step;
  }

  /** In a linear model: what its logit is at each unit vector, over that at zero. */
  private static double[] gradientOfLogit(FineTuningTask task, Example record) {
    double[] gradient = new double[task.theta().length];
    double atZero = task.network().logits(gradient, SmallTask.batch(List.of(record)))[0];
    for (int j = 0; j < gradient.length; j++) {
      double[] unit = new double[gradient.length];
      unit[j] = 1;
      gradient[j] = task.network().logits(unit, SmallTask.batch(List.of(record)))[0] - atZero;
    }
    return gradient;
  }

  /**
   * E ‖w (p − y) B a‖² over public inputs and labels drawn from the model, of both labels' norms.
   */
  private static double weightedSquare(FineTuningTask task, Whitener whitener, double clipNorm) {
    double sum = 0;
    for (Example record : task.labelledSample()) {
      double logit = task.network().logits(task.theta(), SmallTask.batch(List.of(record)))[0];
      double p = 1 / (1 + Math.exp(-logit));
      double[] norms = new double[2];
      for (int label = 0; label < 2; label++) {
        double[] inputs = gradientOfLogit(task, record);
        for (int j = 0; j < inputs.length; j++) {
          inputs[j] *= p - label;
        }
        norms[label] = RecordWeighting.norm(whitener.whiten(inputs), 0, inputs.length);
      }
      double weight = Math.min(1, clipNorm / Math.max(norms[0], norms[1]));
      sum += weight * weight * ((1 - p) * norms[0] * norms[0] + p * norms[1] * norms[1]);
    }
    return sum / task.labelledSample().size();
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
  @ParameterizedTest
  @MethodSource("models")
  void aBudgetThatBuysNothingLeavesTheModel(ModelFile model) {
    try (Network network = Network.of(model)) {
      FineTuningTask task = SmallTask.of(model, network, 2, UNITS, SmallTask.budget(1e-3));
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

  static Stream<ModelFile> models() {
    return Stream.of(MODEL, BINARY, NETWORK);
  }

  private static double publicLoss(FineTuningTask task, double[] theta) {
    return task.network().loss(theta, SmallTask.batch(task.publicData().labelled()));
  }
}
