package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The machinery under {@link PldAccountant}, against exact curves. */
class LossCompositionTest {

  /** What the class documents for up to 10⁵ releases. */
  private static final double SLACK = 1.2e-4;

  private static double delta(DominatingPair pair, long count, double mu, double epsilon) {
    double logDelta = Math.log(GaussianDp.delta(mu, epsilon));
    double tilt = Math.max(0, epsilon / (mu * mu) - 0.5);
    return Math.exp(
        LossComposition.compose(
                List.of(new LossComposition.Part(pair, count)), tilt, logDelta, epsilon)
            .logDelta(epsilon));
  }

  private static boolean isSafe(DominatingPair pair, long count, double mu, double epsilon) {
    return delta(pair, count, mu, epsilon) >= GaussianDp.delta(mu, epsilon);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0.5",
    "2, 1, 1e-1",
    "10, 1, 1e-5",
    "10, 0.1, 1e-8",
    "1000, 1, 1e-10",
    "1000, 3, 1e-300",
    "10000, 1, 1e-5",
    "10000, 0.5, 1e-100",
    "100000, 1, 1e-6",
    "300, 30, 1e-5"
  })
  void gaussianCompositionsAreTightAndNeverBelow(long count, double mu, double delta) {
    double step = mu / Math.sqrt((double) count);
    double total = GaussianDp.compose(mu);
    double epsilon = GaussianDp.epsilon(total, delta);
    double exact = GaussianDp.delta(total, epsilon);
    // The step's own rounding moves the exact answer by less than this.
    double rounding = 1e-11 * (1 - Math.log(delta)) * Math.max(1, mu);
    double computed = delta(SubsampledGaussianPair.gaussian(step), count, total, epsilon);
    assertTrue(computed >= exact * (1 - rounding), computed + " below " + exact);
    assertTrue(computed <= exact * (1 + SLACK + rounding), computed + " far above " + exact);
  }

  /** Pretends that every loss in a cell is the cell's lower end. */
  private record RoundedDown(DominatingPair pair) implements DominatingPair {
    @Override
    public LogMasses between(double low, double high) {
      LogMasses masses = pair.between(low, high);
      return new LogMasses(masses.p(), masses.p() - low);
    }

    @Override
    public double placement() {
      return pair.placement();
    }

    @Override
    public boolean isSymmetric() {
      return true;
    }
  }

  /** Optimistic rounding answers below the truth; the real discretization does not. */
  @Test
  void aLatticeThatRoundsLossesDownFails() {
    DominatingPair pair = SubsampledGaussianPair.gaussian(0.25);
    for (double epsilon : new double[] {0.5, 2, 6}) {
      assertTrue(isSafe(pair, 16, 1, epsilon));
      assertFalse(isSafe(new RoundedDown(pair), 16, 1, epsilon));
    }
  }

  @Test
  void connectsTheDotsOfAtoms() {
    DiscreteGaussianPair pair = new DiscreteGaussianPair(2);
    // Published value: Canonne, Kamath, Steinke (2020), σ = 2, Δ = 1, ε = 3.
    assertEquals(4.009028e-10, pair.delta(3), 1e-16);
    double alone = Math.exp(new SingleRelease(pair).logDelta(3));
    assertTrue(alone >= pair.delta(3) * (1 - 1e-13));
    assertEquals(4.009028e-10, alone, 1e-16);
    double onLattice =
        Math.exp(
            LossComposition.compose(
                    List.of(new LossComposition.Part(pair, 1)), 11.5, Math.log(1e-9), 3)
                .logDelta(3));
    assertTrue(onLattice >= pair.delta(3) * (1 - 1e-13));
    assertEquals(4.009028e-10, onLattice, 4.009028e-10 * SLACK);
  }

  /** Two copies of atoms, against a double sum, at a loss that is not an atom's. */
  @Test
  void convolvesAtoms() {
    DiscreteGaussianPair pair = new DiscreteGaussianPair(2);
    double exact = 0;
    for (int x = -60; x <= 60; x++) {
      double loss = (2 * x - 1) / 8.0;
      double mass = Math.exp(pair.between(loss - 0.01, loss + 0.01).p());
      if (mass > 0) {
        exact += mass * pair.delta(2.1 - loss);
      }
    }
    double computed =
        Math.exp(
            LossComposition.compose(
                    List.of(new LossComposition.Part(pair, 2)), 4, Math.log(1e-3), 2.1)
                .logDelta(2.1));
    assertTrue(computed >= exact * (1 - 1e-12), computed + " below " + exact);
    assertEquals(exact, computed, exact * SLACK);
  }

  /** The lattice keeps both totals: masses under P and Q add up to one. */
  @Test
  void theLatticeKeepsBothTotals() {
    for (DominatingPair pair :
        List.of(
            new SubsampledGaussianPair(0.1, 1),
            new SubsampledGaussianPair(0.1, 1).reversed(),
            BoundedLossPair.laplace(0.7),
            BoundedLossPair.boundedRange(0.7))) {
      double spacing = 1e-3;
      TiltedLaw law = TiltedLaw.of(pair, 0, spacing, -5, 5);
      assertEquals(0, law.logMoment(), 1e-11);
      double q = 0;
      for (int i = 0; i < law.masses().length; i++) {
        q += law.masses()[i] * Math.exp(-(law.first() + i) * spacing);
      }
      assertEquals(1, q, 1e-8);
    }
  }
}
