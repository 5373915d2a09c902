package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.TightAccountant;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.BallNormalNoise;
import org.quietune.release.DiscreteLaplaceNoise;
import org.quietune.release.NoisySum;

/** The pure mechanism spends ε and no δ, all of it and no more, and samples every budget. */
class PureExponentialMechanismTest {
  private static final ModelFile MODEL = SmallTask.logistic(0.5, 3);
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;

  private static FineTuning.Result run(
      PrivacyBudget budget, OptionalDouble units, double recordsPerUnit, long seed) {
    return FineTuning.run(
        new FineTuning.Request(
            MODEL,
            PublicData.of(SmallTask.examples(200, 2, 1)),
            SmallTask.sealed(SmallTask.examples(80, 2, 2)),
            units,
            recordsPerUnit,
            budget,
            new PureExponentialMechanism()),
        SmallTask.seeded(seed),
        RoundListener.silent());
  }

  static Stream<Arguments> budgetsAndSizes() {
    List<Arguments> cases = new ArrayList<>();
    for (double epsilon : new double[] {1e-3, 0.1, 1, 8, 1e6}) {
      for (NeighboringRelation relation : NeighboringRelation.values()) {
        for (double recordsPerUnit : new double[] {1e-6, 1, 1e6, 1e15}) {
          cases.add(Arguments.of(epsilon, relation, recordsPerUnit));
        }
      }
    }
    return cases.stream();
  }

  /** So no budget that is admitted is refused once the number of units was paid for. */
  @ParameterizedTest
  @MethodSource("budgetsAndSizes")
  void everyBudgetIsSampledAndSpent(
      double epsilon, NeighboringRelation relation, double recordsPerUnit) {
    PureBudget budget = PureBudget.of(epsilon, relation);
    FineTuning.Result bought = run(budget, OptionalDouble.empty(), recordsPerUnit, 1);
    assertTrue(bought.releases().get(0).plan().noise() instanceof DiscreteLaplaceNoise);
    assertSpends(budget, bought.releases(), 2);
    FineTuning.Result stated = run(budget, OptionalDouble.of(80), recordsPerUnit, 1);
    assertSpends(budget, stated.releases(), 1);
    for (double parameter : stated.model().parameterValues()) {
      assertTrue(Double.isFinite(parameter));
    }
  }

  private static void assertSpends(PureBudget budget, List<NoisySum> releases, int count) {
    assertEquals(count, releases.size());
    double total =
        TightAccountant.of(
                budget.relation(), releases.stream().map(sum -> sum.plan().event()).toList())
            .pureEpsilon()
            .orElseThrow();
    assertTrue(total <= budget.epsilon(), total + " > " + budget.epsilon());
    assertEquals(budget.epsilon(), total, 1e-6 * budget.epsilon(), "what is not used is wasted");
    NoisySum gradients = releases.get(count - 1);
    assertEquals(budget.relation(), gradients.plan().relation());
    BallNormalNoise noise = (BallNormalNoise) gradients.plan().noise();
    BigInteger squared = BigInteger.ZERO;
    for (long cell : gradients.cells()) {
      squared = squared.add(BigInteger.valueOf(cell).pow(2));
    }
    assertTrue(
        Math.sqrt(squared.doubleValue())
            <= noise.radius() * gradients.plan().clip().cells() * (1 + 1e-12));
  }

  /** A stated number of units saves the count, and the noise falls with ε. */
  @Test
  void noiseFallsWithEpsilonAndRisesWithTheRelation() {
    double[] multipliers = new double[3];
    for (int i = 0; i < 3; i++) {
      multipliers[i] = multiplier(run(PureBudget.of(1 << i, ADD), OptionalDouble.of(80), 1, 1));
      assertTrue(i == 0 || multipliers[i] < multipliers[i - 1]);
    }
    PureBudget replace = PureBudget.of(1, NeighboringRelation.REPLACE_ONE);
    assertTrue(multiplier(run(replace, OptionalDouble.of(80), 1, 1)) > multipliers[0]);
  }

  private static double multiplier(FineTuning.Result result) {
    return result.releases().get(0).plan().noise().multiplier();
  }

  /** With next to no noise the seed no longer matters; with some it does. */
  @Test
  void theModelFollowsTheRecords() {
    double[] one = quiet(1);
    assertArrayEquals(one, quiet(2), 1e-3);
    double moved = 0;
    double[] start = MODEL.parameterValues();
    for (int i = 0; i < one.length; i++) {
      moved = Math.max(moved, Math.abs(one[i] - start[i]));
    }
    assertTrue(moved > 0.02, "moved by " + moved);
  }

  private static double[] quiet(long seed) {
    return run(PureBudget.of(1e6, ADD), OptionalDouble.of(80), 1, seed).model().parameterValues();
  }

  /** Each method takes its own kind of budget; a wrong one is refused before it is touched. */
  @Test
  void kindsOfBudgetsAreNotMixed() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask pure = SmallTask.of(MODEL, network, 2, 60, PureBudget.of(1, ADD));
      FineTuningTask gaussian = SmallTask.of(MODEL, network, 2, 60, SmallTask.budget(1));
      for (FineTuningMethod method :
          List.of(QuadraticExponentialMechanism.automatic(), SmallTask.descent(1, 1, 1))) {
        assertThrows(
            IllegalArgumentException.class,
            () -> method.run(pure, SmallTask.seeded(1), RoundListener.silent()));
      }
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new PureExponentialMechanism()
                  .run(gaussian, SmallTask.seeded(1), RoundListener.silent()));
    }
  }

  @Test
  void budgetsOutsideTheLatticeAreRefused() {
    for (double bad : new double[] {0, -1, 9e-4, 1.1e6, Double.NaN, Double.POSITIVE_INFINITY}) {
      String message =
          String.valueOf(
              assertThrows(IllegalArgumentException.class, () -> PureBudget.of(bad, ADD))
                  .getMessage());
      assertTrue(message.contains("epsilon"), message);
    }
  }
}
