package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The bound on the best of a Poisson number of runs, against the exact law of that best. */
class PoissonSelectionTest {
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;

  /** A bound for mean m, a run's divergence ρ and δ, and order α. */
  private interface Bound {
    double of(double mean, double divergence, double delta, double order);
  }

  /** Runs with six ordered outcomes; the divergence of the best is summed exactly. */
  @Test
  void boundsTheExactDivergenceOfTheBest() {
    assertTrue(holds(RenyiDivergence::poissonSelection));
    // Twins: without the term in δ, without the mean's logarithm, and a run's own divergence.
    assertFalse(
        holds((m, rho, delta, order) -> RenyiDivergence.poissonSelection(m, rho, 0, order)));
    assertFalse(
        holds(
            (m, rho, delta, order) ->
                RenyiDivergence.poissonSelection(m, rho, delta, order)
                    - Math.log(m) / (order - 1)));
    assertFalse(holds((m, rho, delta, order) -> rho));
  }

  private static boolean holds(Bound bound) {
    SplittableRandom random = new SplittableRandom(3);
    for (int trial = 0; trial < 3000; trial++) {
      double spread = random.nextDouble(0.01, 3);
      double[] p = law(random, spread);
      double[] q = law(random, spread);
      if (trial % 2 == 0) {
        // Two outcomes, the better one rare: there the best of many runs differs most.
        double rare = random.nextDouble(1e-4, 0.2);
        double rarer = rare * Math.exp(-spread);
        p = new double[] {1 - rare, rare};
        q = new double[] {1 - rarer, rarer};
      }
      if (random.nextBoolean()) {
        double[] swap = p;
        p = q;
        q = swap;
      }
      double mean = random.nextDouble(1, 60);
      double order = 1 + Math.exp(random.nextDouble(-4, 3));
      double epsilon = Math.log1p(1 / (order - 1));
      double delta = Math.max(hockeyStick(p, q, epsilon), hockeyStick(q, p, epsilon));
      double exact = divergence(best(p, mean), best(q, mean), order);
      if (exact > bound.of(mean, divergence(p, q, order), delta, order) + 1e-12) {
        return false;
      }
    }
    return true;
  }

  private static double[] law(SplittableRandom random, double spread) {
    double[] law = new double[6];
    for (int i = 0; i < law.length; i++) {
      law[i] = Math.exp(spread * random.nextDouble(-2, 2));
    }
    normalize(law);
    return law;
  }

  private static void normalize(double[] law) {
    double sum = 0;
    for (double mass : law) {
      sum += mass;
    }
    for (int i = 0; i < law.length; i++) {
      law[i] /= sum;
    }
  }

  /** The largest of a Poisson number of draws; the last entry is that of no draw. */
  private static double[] best(double[] law, double mean) {
    double[] best = new double[law.length + 1];
    double above = 1;
    for (int i = 0; i < law.length; i++) {
      // P(all draws at most i) − P(all below i), with the mass above i and at least i.
      double next = Math.max(0, above - law[i]);
      best[i] = Math.exp(-mean * next) * -Math.expm1(-mean * law[i]);
      above = next;
    }
    best[law.length] = Math.exp(-mean);
    return best;
  }

  private static double divergence(double[] p, double[] q, double order) {
    double log = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < p.length; i++) {
      log = LogSpace.sum(log, order * Math.log(p[i]) + (1 - order) * Math.log(q[i]));
    }
    return log / (order - 1);
  }

  private static double hockeyStick(double[] p, double[] q, double epsilon) {
    double delta = 0;
    for (int i = 0; i < p.length; i++) {
      delta += Math.max(0, p[i] - Math.exp(epsilon) * q[i]);
    }
    return delta;
  }

  /**
   * A Gaussian run whose output is its score: the best of m has density m φ(x−a) e^{−m(1−Φ(x−a))},
   * integrated numerically for a = 0 against a = μ, both ways.
   */
  @Test
  void boundsTheBestOfGaussianScores() {
    for (double mu : new double[] {0.05, 0.3, 1}) {
      for (double mean : new double[] {1, 10, 50}) {
        for (double order : new double[] {1.5, 3, 10, 20}) {
          RdpAccountant account = new RdpAccountant(ADD, order);
          account.compose(new PoissonSelectionEvent(new GaussianEvent(1 / mu), mean));
          double bound = account.divergences()[0];
          double exact =
              Math.max(gaussianBest(0, mu, mean, order), gaussianBest(mu, 0, mean, order));
          assertTrue(exact <= bound, exact + " > " + bound);
        }
      }
    }
  }

  private static double gaussianBest(double a, double b, double mean, double order) {
    double step = 0.002;
    double sum = Math.exp(-mean) / step;
    for (double x = -40; x < 40; x += step) {
      sum += Math.exp(order * logDensity(x - a, mean) + (1 - order) * logDensity(x - b, mean));
    }
    return Math.log(sum * step) / (order - 1);
  }

  private static double logDensity(double x, double mean) {
    return Math.log(mean)
        - x * x / 2
        - 0.5 * Math.log(2 * Math.PI)
        - mean * Math.exp(NormalLaw.logTail(x));
  }

  /**
   * Theorem 6 of Papernot and Steinke (2022), ρ + mδ + log(m)/(α − 1), for Gaussian runs, computed
   * with mpmath 1.3 at 40 digits; ours adds the term in e^−m, again computed there. Rounding is
   * upward, by less than a part in 10⁹.
   */
  @Test
  void agreesWithThePapersFormula() {
    assertGolden(8, 10, 20, 0.5681491953877489, 0.5681491954367454);
    assertGolden(4, 10, 8, 1.0779489339159378, 1.0779489373430333);
    assertGolden(2, 50, 5, 7.5173593748886445, 7.5173593748886445);
  }

  private static void assertGolden(
      double noise, double mean, double order, double paper, double withNoRun) {
    RdpAccountant account = new RdpAccountant(ADD, order);
    account.compose(new PoissonSelectionEvent(new GaussianEvent(noise), mean));
    double own = account.divergences()[0];
    assertTrue(own >= withNoRun * (1 - 1e-15), own + " < " + withNoRun);
    assertEquals(withNoRun, own, 1e-9 * withNoRun);
    assertEquals(paper, own, 1e-8);
  }

  @Test
  void composesWithOthersByRenyiAlone() {
    PrivacyEvent selection = new PoissonSelectionEvent(new GaussianEvent(5), 20);
    TightAccountant account = TightAccountant.of(ADD, List.of(selection, new GaussianEvent(3)));
    RdpAccountant rdp = new RdpAccountant(ADD);
    rdp.compose(selection);
    rdp.compose(new GaussianEvent(3));
    assertEquals(rdp.epsilon(1e-5), account.epsilon(1e-5));
    assertEquals(rdp.delta(1.0), account.delta(1));
    assertTrue(account.mu().isEmpty());
    assertTrue(account.pureEpsilon().isEmpty());
    // More than one run, much less than twenty.
    double one = TightAccountant.of(ADD, List.of(new GaussianEvent(5))).epsilon(1e-5);
    double twenty =
        TightAccountant.of(ADD, List.of(new SelfComposedEvent(new GaussianEvent(5), 20)))
            .epsilon(1e-5);
    double best = TightAccountant.of(ADD, List.of(selection)).epsilon(1e-5);
    assertTrue(best > one && best < twenty, one + " " + best + " " + twenty);
  }

  @Test
  void refusesWhatIsNoSelection() {
    PrivacyEvent run = new GaussianEvent(1);
    for (double bad : new double[] {0, 0.5, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new PoissonSelectionEvent(run, bad));
    }
    RdpAccountant replace = new RdpAccountant(NeighboringRelation.REPLACE_ONE);
    assertThrows(
        UnsupportedEventException.class,
        () ->
            replace.compose(
                new PoissonSelectionEvent(new PoissonSubsampledGaussianEvent(0.1, 1), 5)));
  }
}
