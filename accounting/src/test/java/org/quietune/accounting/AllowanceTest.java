package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AllowanceTest {
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;
  private static final double DELTA = 1e-5;

  private static GaussianEvent gaussian(NeighboringRelation relation, double mu) {
    return new GaussianEvent(relation.sensitivityFactor() * GaussianDp.noiseMultiplier(mu));
  }

  @ParameterizedTest
  @EnumSource
  void nothingSpentLeavesTheWholeBudget(NeighboringRelation relation) {
    TightAccountant nothing = new TightAccountant(relation);
    assertEquals(GaussianDp.mu(1, DELTA), Allowance.gaussianMu(nothing, 1, DELTA));
    assertEquals(0, Allowance.gaussianMu(nothing, 1, 0));
    assertEquals(1, Allowance.pureEpsilon(nothing, 1, 0));
    // With δ a pure release may have a little more than ε.
    double pure = Allowance.pureEpsilon(nothing, 1, DELTA);
    assertTrue(pure > 1 && pure < 1.0001, "pure " + pure);
    assertTrue(nothing.plus(new PureDpEvent(pure)).satisfies(1, DELTA));
  }

  /** Not one double less than fits, and not one more. */
  @Property(tries = 50)
  void gaussianAllowanceIsExact(
      @ForAll @DoubleRange(min = 0.01, max = 0.5) double first,
      @ForAll @DoubleRange(min = 0.6, max = 8) double epsilon) {
    TightAccountant spent = TightAccountant.of(ADD, List.of(gaussian(ADD, first)));
    if (!spent.satisfies(epsilon, DELTA)) {
      assertEquals(0, Allowance.gaussianMu(spent, epsilon, DELTA));
      return;
    }
    double mu = Allowance.gaussianMu(spent, epsilon, DELTA);
    assertTrue(spent.plus(gaussian(ADD, mu)).satisfies(epsilon, DELTA));
    assertFalse(spent.plus(gaussian(ADD, mu * (1 + 1e-12))).satisfies(epsilon, DELTA));
    double whole = GaussianDp.mu(epsilon, DELTA);
    double spentMu = spent.mu().orElseThrow();
    assertEquals(Math.sqrt(whole * whole - spentMu * spentMu), mu, 1e-9);
  }

  @Test
  void pureAllowanceIsTheDifference() {
    TightAccountant spent =
        TightAccountant.of(ADD, List.of(new PureDpEvent(0.5), new BoundedRangeEvent(0.25)));
    assertEquals(0.25, Allowance.pureEpsilon(spent, 1, 0));
    assertEquals(0, Allowance.pureEpsilon(spent, 0.75, 0));
    assertEquals(0, Allowance.pureEpsilon(spent, 0.5, 0));
    assertEquals(0, Allowance.gaussianMu(spent, 0.5, 0));
    TightAccountant normal = TightAccountant.of(ADD, List.of(new GaussianEvent(1e6)));
    assertEquals(0, Allowance.pureEpsilon(normal, 1, 0));
  }

  /** What fits, fits; 2⁻⁹ of the budget more does not. */
  @Test
  void mixturesAreRefined() {
    TightAccountant spent =
        TightAccountant.of(
            ADD,
            List.of(
                new PureDpEvent(0.25),
                new GaussianEvent(8),
                new SelfComposedEvent(new PoissonSubsampledGaussianEvent(0.01, 1), 100)));
    double epsilon = 2;
    double mu = Allowance.gaussianMu(spent, epsilon, DELTA);
    assertTrue(mu > 0.1, "mu " + mu);
    assertTrue(spent.plus(gaussian(ADD, mu)).satisfies(epsilon, DELTA));
    double step = GaussianDp.mu(epsilon, DELTA) / 512;
    assertFalse(spent.plus(gaussian(ADD, mu + step)).satisfies(epsilon, DELTA));

    double pure = Allowance.pureEpsilon(spent, epsilon, DELTA);
    assertTrue(pure > 0.1, "pure " + pure);
    assertTrue(spent.plus(new PureDpEvent(pure)).satisfies(epsilon, DELTA));
    assertFalse(spent.plus(new PureDpEvent(pure + epsilon / 512)).satisfies(epsilon, DELTA));
  }
}
