package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quietune.accounting.NeighboringRelation.ADD_OR_REMOVE_ONE;
import static org.quietune.accounting.NeighboringRelation.REPLACE_ONE;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class CalibrationTest {

  private static RdpAccountant rdp() {
    return new RdpAccountant(ADD_OR_REMOVE_ONE);
  }

  private static PldAccountant pld() {
    return new PldAccountant(ADD_OR_REMOVE_ONE);
  }

  private static double delta(PrivacyAccountant accountant, PrivacyEvent event, double epsilon) {
    accountant.compose(event);
    return accountant.delta(epsilon);
  }

  private static PrivacyEvent sampled(double noise) {
    return new SelfComposedEvent(new PoissonSubsampledGaussianEvent(0.02, noise), 100);
  }

  @Property(tries = 20)
  void noiseFitsAndALittleLessDoesNot(
      @ForAll @DoubleRange(min = 0.1, max = 10) double epsilon,
      @ForAll @DoubleRange(min = -12, max = -2) double log10Delta) {
    double delta = Math.pow(10, log10Delta);
    double noise =
        new Calibration(CalibrationTest::rdp)
            .noiseMultiplier(CalibrationTest::sampled, epsilon, delta);
    assertTrue(delta(rdp(), sampled(noise), epsilon) <= delta);
    assertTrue(delta(rdp(), sampled(noise * (1 - 1e-5)), epsilon) > delta);
  }

  @Test
  void tighterAccountingNeedsLessNoise() {
    double byPld =
        new Calibration(CalibrationTest::pld).noiseMultiplier(CalibrationTest::sampled, 2, 1e-6);
    double byRdp =
        new Calibration(CalibrationTest::rdp).noiseMultiplier(CalibrationTest::sampled, 2, 1e-6);
    assertTrue(delta(pld(), sampled(byPld), 2) <= 1e-6);
    assertTrue(byPld < 0.99 * byRdp, byPld + " against " + byRdp);
  }

  @Test
  void roundsAreTheMostThatFit() {
    PrivacyEvent round = new PoissonSubsampledGaussianEvent(0.02, 1);
    for (double epsilon : new double[] {0.01, 1, 2, 5}) {
      long rounds = new Calibration(CalibrationTest::rdp).rounds(round, epsilon, 1e-6);
      if (rounds > 0) {
        assertTrue(delta(rdp(), new SelfComposedEvent(round, rounds), epsilon) <= 1e-6);
      }
      assertTrue(delta(rdp(), new SelfComposedEvent(round, rounds + 1), epsilon) > 1e-6);
    }
    assertEquals(0, new Calibration(CalibrationTest::rdp).rounds(new GaussianEvent(0.1), 1, 1e-6));
    assertEquals(
        1_000_000_000_000L,
        new Calibration(CalibrationTest::rdp).rounds(new PureDpEvent(0), 1, 1e-6));
  }

  /** 1/μ² rounds of 1-GDP-per-μ noise, exactly: σ = 10 allows 100 μ² rounds. */
  @Test
  void roundsOfGaussiansAreExact() {
    double epsilon = GaussianDp.epsilon(1, 1e-5);
    assertEquals(
        64, new Calibration(CalibrationTest::pld).rounds(new GaussianEvent(8), epsilon, 1e-5));
    assertEquals(
        63,
        new Calibration(CalibrationTest::pld)
            .rounds(new GaussianEvent(Math.nextDown(8.0)), epsilon, 1e-5));
  }

  @Test
  void gaussianNoiseIsExactToTheLastBit() {
    assertEquals(1 / 0.25, Calibration.gaussianNoiseMultiplier(ADD_OR_REMOVE_ONE, 0.25, 1));
    assertEquals(2 / 0.25, Calibration.gaussianNoiseMultiplier(REPLACE_ONE, 0.25, 1));
    assertEquals(8 / 0.25, Calibration.gaussianNoiseMultiplier(ADD_OR_REMOVE_ONE, 0.25, 64));
    double mu = GaussianDp.mu(1, 1e-5);
    for (long count : new long[] {1, 2, 3, 7, 1000, 1_000_000_007}) {
      double noise = Calibration.gaussianNoiseMultiplier(ADD_OR_REMOVE_ONE, mu, count);
      assertTrue(muAfter(noise, count) <= mu);
      assertTrue(muAfter(Math.nextDown(noise), count) > mu);
    }
  }

  /** Dividing μ by √T to the nearest double, as an earlier version did, overspends. */
  @Test
  void dividingToTheNearestOverspends() {
    double mu = GaussianDp.mu(1, 1e-5);
    int overspent = 0;
    for (int count = 2; count < 200; count++) {
      double noise = GaussianDp.noiseMultiplier(mu / Math.sqrt(count));
      overspent += muAfter(noise, count) > mu ? 1 : 0;
      double safe = Calibration.gaussianNoiseMultiplier(ADD_OR_REMOVE_ONE, mu, count);
      assertTrue(muAfter(safe, count) <= mu);
    }
    assertTrue(overspent > 0);
  }

  private static double muAfter(double noise, long count) {
    GaussianDpAccountant accountant = new GaussianDpAccountant(ADD_OR_REMOVE_ONE);
    accountant.compose(new SelfComposedEvent(new GaussianEvent(noise), count));
    return accountant.mu();
  }

  @Test
  void refusesWhatCannotBeReached() {
    Calibration calibration = new Calibration(CalibrationTest::rdp);
    assertThrows(
        IllegalArgumentException.class,
        () -> calibration.noiseMultiplier(noise -> new GaussianEvent(1), 1, 1e-5));
    assertThrows(
        IllegalArgumentException.class,
        () -> calibration.noiseMultiplier(GaussianEvent::new, 1, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> calibration.noiseMultiplier(GaussianEvent::new, Double.NaN, 1e-5));
    assertThrows(
        IllegalArgumentException.class,
        () -> calibration.noiseMultiplier(GaussianEvent::new, 1, 1e-5, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> Calibration.gaussianNoiseMultiplier(ADD_OR_REMOVE_ONE, 1, 0));
  }

  @Property(tries = 40)
  void concentratedDpIsNeverBelowTheGaussianItself(
      @ForAll @DoubleRange(min = -4, max = 1) double log10Mu,
      @ForAll @DoubleRange(min = -30, max = -1) double log10Delta) {
    double mu = Math.pow(10, log10Mu);
    double delta = Math.pow(10, log10Delta);
    double rho = mu * mu / 2;
    double epsilon = ZeroConcentratedDp.epsilon(rho, delta);
    assertTrue(epsilon >= GaussianDp.epsilon(mu, delta) * (1 - 1e-14));
    assertTrue(epsilon <= rho + 2 * Math.sqrt(-rho * Math.log(delta)) + 1e-15);
    double back = ZeroConcentratedDp.delta(rho, epsilon);
    assertTrue(epsilon == 0 || Math.abs(Math.log(back / delta)) < 1e-6, "back " + back);
  }

  @Test
  void tradeOffOfNothingIsGuessing() {
    assertEquals(0.3, TradeOff.truePositiveRate(rdp(), 0.3), 1e-9);
    PldAccountant half = pld();
    half.compose(new PureDpEvent(Math.log(3)));
    assertEquals(0.3, TradeOff.truePositiveRate(half, 0.1), 1e-6);
    assertEquals(1 - 0.2 / 3, TradeOff.truePositiveRate(half, 0.8), 1e-6);
  }

  @Test
  void auditBoundsAreExactIntervals() {
    // Rule of Clopper and Pearson at the edge: the upper end after 0 of n is 1 − (α/2)^(1/n).
    double upper = -Math.expm1(Math.log(0.025) / 50);
    double expected = Math.log((1 - upper) / upper);
    double bound = AuditBound.epsilon(50, 50, 0, 50, 0, 0.05);
    assertEquals(expected, bound, 1e-6);
    assertTrue(bound <= expected);
    assertTrue(AuditBound.epsilon(50, 50, 0, 50, 0.1, 0.05) < bound);
    assertEquals(0, AuditBound.epsilon(25, 50, 25, 50, 0, 0.05));
    assertEquals(0, AuditBound.epsilon(0, 50, 50, 50, 0, 0.05));
    // Binomial tail at 10 of 50: qbeta(0.975, 11, 40) = 0.33718310838 (scipy 1.17.1).
    assertEquals(
        Math.log((1 - 0.33718310838) / upper), AuditBound.epsilon(50, 50, 10, 50, 0, 0.05), 1e-7);
    assertThrows(IllegalArgumentException.class, () -> AuditBound.epsilon(51, 50, 0, 50, 0, 0.05));
    assertThrows(IllegalArgumentException.class, () -> AuditBound.epsilon(5, 50, 0, 50, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> AuditBound.epsilon(5, 50, 0, 50, 1, 0.1));
  }
}
