package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.release.L2Clip;
import org.quietune.release.SumPlan;

class PrivacyBudgetTest {
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;

  /** 60-digit golden values of μ, rounded down. */
  @ParameterizedTest
  @EnumSource(NeighboringRelation.class)
  void isTheLargestMuUnderEpsilonAndDelta(NeighboringRelation relation) {
    GaussianBudget budget = GaussianBudget.of(1, 1e-5, relation);
    assertEquals(0.2680511232112942, budget.mu(), 1e-15);
    assertTrue(GaussianDp.epsilon(budget.mu(), 1e-5) <= 1);
    assertTrue(GaussianDp.epsilon(Math.nextUp(Math.nextUp(budget.mu())), 1e-5) > 1);
    assertEquals(relation, budget.relation());
  }

  /** Equal rounds, released through real plans whose own rounding goes up, stay in the whole. */
  @Property(tries = 200)
  void roundsNeverPassTheWhole(
      @ForAll @DoubleRange(min = 0.01, max = 20) double mu,
      @ForAll @IntRange(min = 1, max = 64) int rounds,
      @ForAll NeighboringRelation relation) {
    GaussianBudget part = new GaussianBudget(mu, relation).perRound(rounds);
    double[] spent = new double[rounds];
    Arrays.fill(spent, spent(part));
    double total = GaussianDp.compose(spent);
    assertTrue(total <= mu, () -> total + " > " + mu);
    assertEquals(mu, total, 1e-11 * mu, "and use it up");
  }

  /** A share, split again into rounds, and the rest: the way a run with a unit count spends. */
  @Property(tries = 200)
  void nestedSharesNeverPassTheWhole(
      @ForAll @DoubleRange(min = 0.01, max = 20) double mu,
      @ForAll @DoubleRange(min = 0.01, max = 0.99) double share,
      @ForAll @DoubleRange(min = 0.01, max = 0.99) double opening,
      @ForAll @IntRange(min = 1, max = 32) int rounds) {
    GaussianBudget whole = new GaussianBudget(mu, ADD);
    GaussianBudget rest = whole.share(1 - share);
    double[] spent = new double[rounds + 2];
    Arrays.fill(spent, spent(rest.share(1 - opening).perRound(rounds)));
    spent[0] = spent(whole.share(share));
    spent[1] = spent(rest.share(opening));
    double total = GaussianDp.compose(spent);
    assertTrue(total <= mu, () -> total + " > " + mu);
    assertEquals(mu, total, 1e-11 * mu);
  }

  private static double spent(GaussianBudget part) {
    return Guarantees.mu(SumPlan.forMu("test", 1, new L2Clip(1), part.mu(), part.relation()));
  }

  @Test
  void refusesWhatIsNoBudget() {
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new GaussianBudget(bad, ADD), "" + bad);
    }
    GaussianBudget budget = new GaussianBudget(1, ADD);
    for (double bad : new double[] {0, -0.5, 1.0000001, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> budget.share(bad), "" + bad);
    }
    assertThrows(IllegalArgumentException.class, () -> budget.perRound(0));
    assertThrows(IllegalArgumentException.class, () -> budget.perRound(-3));
  }
}
