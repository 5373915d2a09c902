package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quietune.accounting.NeighboringRelation.ADD_OR_REMOVE_ONE;
import static org.quietune.accounting.NeighboringRelation.REPLACE_ONE;

import java.util.List;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every accountant owes, and how the three compare. */
class AccountantsTest {

  private static final PrivacyEvent SAMPLED = new PoissonSubsampledGaussianEvent(0.05, 1.2);

  static List<Function<NeighboringRelation, PrivacyAccountant>> accountants() {
    return List.of(RdpAccountant::new, PldAccountant::new);
  }

  private static PldAccountant pld(PrivacyEvent event, long count) {
    PldAccountant accountant = new PldAccountant(ADD_OR_REMOVE_ONE);
    accountant.compose(new SelfComposedEvent(event, count));
    return accountant;
  }

  private static RdpAccountant rdp(PrivacyEvent event, long count) {
    RdpAccountant accountant = new RdpAccountant(ADD_OR_REMOVE_ONE);
    accountant.compose(new SelfComposedEvent(event, count));
    return accountant;
  }

  @ParameterizedTest
  @MethodSource("accountants")
  void nothingReleasedCostsNothing(Function<NeighboringRelation, PrivacyAccountant> maker) {
    PrivacyAccountant accountant = maker.apply(ADD_OR_REMOVE_ONE);
    accountant.compose(new ComposedEvent(List.of()));
    accountant.compose(new SelfComposedEvent(SAMPLED, 0));
    accountant.compose(new PoissonSubsampledGaussianEvent(0, 1));
    accountant.compose(new PureDpEvent(0));
    accountant.compose(new BoundedRangeEvent(0));
    assertEquals(0, accountant.epsilon(1e-5), 1e-300);
    assertEquals(0, accountant.delta(0.5), 1e-300);
    assertEquals(ADD_OR_REMOVE_ONE, accountant.neighboringRelation());
  }

  @ParameterizedTest
  @MethodSource("accountants")
  void samplingUnderReplaceOneIsRefusedWhole(
      Function<NeighboringRelation, PrivacyAccountant> maker) {
    PrivacyAccountant accountant = maker.apply(REPLACE_ONE);
    accountant.compose(new LaplaceEvent(10));
    double before = accountant.epsilon(1e-5);
    for (double q : new double[] {0, 0.05, 1}) {
      PrivacyEvent mixed =
          new ComposedEvent(
              List.of(
                  new GaussianEvent(1),
                  new SelfComposedEvent(new PoissonSubsampledGaussianEvent(q, 1), 3)));
      UnsupportedEventException error =
          assertThrows(UnsupportedEventException.class, () -> accountant.compose(mixed));
      assertTrue(String.valueOf(error.getMessage()).contains("PoissonSubsampledGaussianEvent"));
    }
    assertEquals(before, accountant.epsilon(1e-5));
  }

  @ParameterizedTest
  @MethodSource("accountants")
  void replacingDoublesWhatIsStatedOverTheClipNorm(
      Function<NeighboringRelation, PrivacyAccountant> maker) {
    PrivacyAccountant replace = maker.apply(REPLACE_ONE);
    PrivacyAccountant add = maker.apply(ADD_OR_REMOVE_ONE);
    for (PrivacyEvent event :
        List.of(new GaussianEvent(8), new LaplaceEvent(20), new PureDpEvent(0.1))) {
      replace.compose(event);
    }
    for (PrivacyEvent event :
        List.of(new GaussianEvent(4), new LaplaceEvent(10), new PureDpEvent(0.1))) {
      add.compose(event);
    }
    assertEquals(add.epsilon(1e-5), replace.epsilon(1e-5));
    assertEquals(add.delta(0.3), replace.delta(0.3));
  }

  @ParameterizedTest
  @MethodSource("accountants")
  void orderAndGroupingDoNotMatter(Function<NeighboringRelation, PrivacyAccountant> maker) {
    PrivacyEvent laplace = new LaplaceEvent(5);
    PrivacyEvent range = new BoundedRangeEvent(0.2);
    PrivacyEvent gaussian = new GaussianEvent(4);
    PrivacyAccountant one = maker.apply(ADD_OR_REMOVE_ONE);
    one.compose(new SelfComposedEvent(new ComposedEvent(List.of(SAMPLED, laplace, range)), 2));
    one.compose(gaussian);
    PrivacyAccountant other = maker.apply(ADD_OR_REMOVE_ONE);
    for (PrivacyEvent event : List.of(range, gaussian, laplace, SAMPLED, range, SAMPLED, laplace)) {
      other.compose(event);
    }
    assertEquals(one.epsilon(1e-5), other.epsilon(1e-5));
    assertEquals(one.delta(1), other.delta(1));
  }

  @ParameterizedTest
  @MethodSource("accountants")
  void refusesArgumentsOutOfRange(Function<NeighboringRelation, PrivacyAccountant> maker) {
    PrivacyAccountant accountant = maker.apply(ADD_OR_REMOVE_ONE);
    for (double delta : new double[] {0, 1, -1, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> accountant.epsilon(delta));
    }
    for (double epsilon : new double[] {-1, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> accountant.delta(epsilon));
    }
    assertThrows(
        IllegalArgumentException.class, () -> new RdpAccountant(ADD_OR_REMOVE_ONE, new double[0]));
    for (double order : new double[] {1, 0, Double.NaN}) {
      assertThrows(
          IllegalArgumentException.class, () -> new RdpAccountant(ADD_OR_REMOVE_ONE, 2, order));
    }
  }

  @ParameterizedTest
  @MethodSource("accountants")
  void extremesNeitherOverflowNorBreak(Function<NeighboringRelation, PrivacyAccountant> maker) {
    for (double noise : new double[] {1e-300, 1e-100, 1e-6, 0.05, 1, 1e6, 1e100, 1e300}) {
      PrivacyAccountant accountant = maker.apply(ADD_OR_REMOVE_ONE);
      accountant.compose(new SelfComposedEvent(new PoissonSubsampledGaussianEvent(0.5, noise), 10));
      for (double epsilon : new double[] {0, 1, 1000, 1e300}) {
        double delta = accountant.delta(epsilon);
        assertTrue(delta >= 0 && delta <= 1, noise + ", " + epsilon + ": " + delta);
        if (noise < 0.01 && epsilon < 100) {
          assertTrue(delta > 0.99, noise + ", " + epsilon + ": " + delta);
        }
      }
      for (double delta : new double[] {1e-300, 1e-5, 0.5}) {
        double epsilon = accountant.epsilon(delta);
        assertTrue(epsilon >= 0, noise + ", " + delta + ": " + epsilon);
        if (noise < 0.01) {
          assertTrue(epsilon > 100, noise + ", " + delta + ": " + epsilon);
        }
      }
      assertEquals(0, accountant.delta(Double.POSITIVE_INFINITY));
    }
  }

  @Test
  void gaussianEventsAreExactInPldAccounting() {
    GaussianDpAccountant exact = new GaussianDpAccountant(ADD_OR_REMOVE_ONE);
    PldAccountant accountant = new PldAccountant(ADD_OR_REMOVE_ONE);
    for (PrivacyEvent event : List.of(new GaussianEvent(3), new GaussianEvent(7))) {
      exact.compose(event);
      accountant.compose(event);
    }
    accountant.compose(new PoissonSubsampledGaussianEvent(1, 5));
    exact.compose(new GaussianEvent(5));
    assertEquals(exact.epsilon(1e-5), accountant.epsilon(1e-5));
    assertEquals(exact.delta(1), accountant.delta(1));
  }

  /** One Gaussian beside others is convolved, and must agree with the exact sum. */
  @Test
  void mixedKindsCompose() {
    PldAccountant mixed = pld(new PoissonSubsampledGaussianEvent(0.999999999, 2), 3);
    mixed.compose(new GaussianEvent(2));
    double exact = GaussianDp.epsilon(1, 1e-6);
    assertEquals(exact, mixed.epsilon(1e-6), 2e-5 * exact);
    PldAccountant pureAndRange = pld(new PureDpEvent(0.4), 1);
    pureAndRange.compose(new BoundedRangeEvent(0.3));
    assertEquals(0.7, pureAndRange.epsilon(1e-12), 1e-5);
    assertEquals(0, pureAndRange.delta(0.7000001));
  }

  @Test
  void singleReleasesAreReadOffTheirCurves() {
    double t = 0.8;
    double laplace = -Math.expm1((0.5 - t) / 2);
    assertRoundedUp(laplace, pld(new LaplaceEvent(1 / t), 1).delta(0.5));
    double pure = Math.exp(t) / (1 + Math.exp(t)) - Math.exp(0.5) / (1 + Math.exp(t));
    assertRoundedUp(pure, pld(new PureDpEvent(t), 1).delta(0.5));
    double range = Math.pow(Math.expm1((0.5 - t) / 2), 2) / -Math.expm1(-t);
    assertRoundedUp(range, pld(new BoundedRangeEvent(t), 1).delta(0.5));
    assertRoundedUp(Math.tanh(t / 4), pld(new BoundedRangeEvent(t), 1).delta(0));
    // δ of sampling with probability q, by the Gaussian curve at log(1 + (e^ε − 1)/q).
    double q = 0.1;
    double inner = Math.log1p(Math.expm1(0.5) / q);
    double sampled = q * GaussianDp.delta(1, inner);
    assertRoundedUp(sampled, pld(new PoissonSubsampledGaussianEvent(q, 1), 1).delta(0.5));
  }

  private static void assertRoundedUp(double exact, double actual) {
    assertTrue(actual >= exact * (1 - 1e-15), actual + " below " + exact);
    assertEquals(exact, actual, 2e-12 * exact);
  }

  /** No range [t − ε, t] has a two-point law above the envelope, and one touches it. */
  @Test
  void theEnvelopeIsTheWorstRangeAtEveryPoint() {
    double epsilon = 1.3;
    SingleRelease envelope = new SingleRelease(BoundedLossPair.boundedRange(epsilon));
    for (double x = -1.2; x < 1.3; x += 0.1) {
      double worst = 0;
      for (int i = 0; i <= 100_000; i++) {
        double t = epsilon * i / 100_000;
        double q = (Math.exp(-t) - Math.exp(-epsilon)) / -Math.expm1(-epsilon);
        double high = q * Math.max(0, Math.exp(t) - Math.exp(x));
        double low = (1 - q) * Math.max(0, Math.exp(t - epsilon) - Math.exp(x));
        worst = Math.max(worst, high + low);
      }
      assertEquals(worst, Math.exp(envelope.logDelta(x)), 1e-9);
    }
  }

  /** The two-sided form: Laplace is a mixture of randomized response and the envelope. */
  @Test
  void laplaceIsItsMixture() {
    BoundedLossPair laplace = BoundedLossPair.laplace(0.9);
    assertEquals(0, laplace.between(-1, 1).p(), 1e-15);
    assertEquals(0, laplace.between(-1, 1).q(), 1e-15);
    assertEquals(Math.log(0.5), laplace.between(0.89999, 1).p(), 1e-4);
    assertEquals(Math.log(0.5), laplace.between(-1, -0.89999).q(), 1e-4);
  }

  /** The composed law alone, without the minimum that the accountant takes. */
  private static double composedEpsilon(
      DominatingPair pair, long count, double tilt, double delta) {
    return LossComposition.compose(
            List.of(new LossComposition.Part(pair, count)), tilt, Math.log(delta), 3)
        .epsilon(Math.log(delta));
  }

  @Property(tries = 12)
  void lossDistributionsAreNotAboveRdp(
      @ForAll @DoubleRange(min = 0.01, max = 0.9) double q,
      @ForAll @DoubleRange(min = 0.7, max = 5) double noise,
      @ForAll @IntRange(min = 2, max = 60) int count) {
    RdpAccountant rdp = rdp(new PoissonSubsampledGaussianEvent(q, noise), count);
    double byRdp = rdp.epsilon(1e-6);
    double tilt = rdp.best(byRdp).order() - 1;
    DominatingPair pair = new SubsampledGaussianPair(q, GaussianDp.muOf(noise));
    assertTrue(composedEpsilon(pair, count, tilt, 1e-6) <= byRdp * (1 + 1e-4));
    assertTrue(composedEpsilon(pair.reversed(), count, tilt, 1e-6) <= byRdp * (1 + 1e-4));
    DominatingPair laplace = BoundedLossPair.laplace(1 / noise);
    RdpAccountant laplaces = rdp(new LaplaceEvent(noise), count);
    double byLaplaces = laplaces.epsilon(1e-6);
    double laplaceTilt =
        PldAccountant.tilt(laplaces.best(byLaplaces).order(), Math.log(1e-6), byLaplaces);
    assertTrue(
        composedEpsilon(laplace, count, laplaceTilt, 1e-6) <= byLaplaces * (1 + 1e-4) + 1e-9);
  }

  @Property(tries = 8)
  void roundTripsStayOnTheSafeSide(
      @ForAll @DoubleRange(min = 0.05, max = 0.5) double q,
      @ForAll @DoubleRange(min = 0.8, max = 3) double noise,
      @ForAll @IntRange(min = 2, max = 40) int count,
      @ForAll @DoubleRange(min = -30, max = -2) double log10Delta) {
    double delta = Math.pow(10, log10Delta);
    PldAccountant accountant = pld(new PoissonSubsampledGaussianEvent(q, noise), count);
    double epsilon = accountant.epsilon(delta);
    if (epsilon > 0) {
      assertEquals(delta, accountant.delta(epsilon), 2.5e-4 * delta);
      assertEquals(epsilon, accountant.epsilon(accountant.delta(epsilon)), 1e-4 * epsilon);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-5, 1e-12})
  void amplificationGrowsWithTheSample(double delta) {
    double last = 0;
    for (double q : new double[] {1e-4, 1e-3, 0.01, 0.1, 0.4, 0.8, 0.99, 1}) {
      double epsilon = pld(new PoissonSubsampledGaussianEvent(q, 2), 20).epsilon(delta);
      double byRdp = rdp(new PoissonSubsampledGaussianEvent(q, 2), 20).epsilon(delta);
      assertTrue(epsilon > last && epsilon <= byRdp, q + ": " + epsilon);
      last = epsilon;
    }
  }

  /** The optimum is never worse than advanced composition (Dwork, Rothblum, Vadhan 2010). */
  @Test
  void composesBetterThanTheClassicalTheorem() {
    double step = 0.1;
    for (int count : new int[] {10, 100, 1000}) {
      double classical =
          step * Math.sqrt(2 * count * Math.log(1e6)) + count * step * Math.expm1(step);
      double optimal = pld(new PureDpEvent(step), count).epsilon(1e-6);
      assertTrue(optimal < Math.min(classical, count * step + 1e-9));
    }
  }

  /** Kairouz, Oh, Viswanath (2015): the exact composition of randomized responses. */
  @Test
  void pureCompositionIsTheOptimalOne() {
    double step = 0.3;
    int count = 30;
    double up = 1 / (1 + Math.exp(-step));
    double epsilon = 4;
    double exact = 0;
    double binomial = 1;
    for (int k = 0; k <= count; k++) {
      double loss = (2 * k - count) * step;
      if (loss > epsilon) {
        exact +=
            binomial * Math.pow(up, k) * Math.pow(1 - up, count - k) * -Math.expm1(epsilon - loss);
      }
      binomial = binomial * (count - k) / (k + 1);
    }
    double computed = pld(new PureDpEvent(step), count).delta(epsilon);
    assertTrue(computed >= exact * (1 - 1e-12));
    assertEquals(exact, computed, 1.5e-4 * exact);
  }

  /** Ten thousand and 10⁹ repetitions are a multiplication. */
  @Test
  void repetitionIsInClosedForm() {
    double[] one = rdp(SAMPLED, 1).divergences();
    double[] many = rdp(SAMPLED, 1_000_000_000).divergences();
    for (int i = 0; i < one.length; i++) {
      assertEquals(1e9 * one[i], many[i], 1e-6 * one[i]);
    }
  }
}
