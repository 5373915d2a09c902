package org.quietune.accounting;

import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;

/**
 * Finds the least noise, or the most rounds, that a budget (ε, δ) allows, by any accountant.
 *
 * <p>Guarantee: the answer was itself given to a new accountant, whose δ(ε) was at most δ. It holds
 * whether or not the accountant's answers are monotone.
 *
 * <p>Preconditions: δ(ε) falls with the noise and grows with the rounds, up to the accountant's
 * accuracy (caller's duty; it decides only how good the answer is).
 *
 * <p>Numerics: noise multipliers are rounded up, and at most the given tolerance above a point that
 * was tested and failed; rounds are rounded down, and one more was tested and failed.
 *
 * <p>Cost: some 10 to 20 questions to the accountant.
 */
public final class Calibration {

  /** Relative; about the accuracy of {@link PldAccountant}. */
  private static final double DEFAULT_TOLERANCE = 1e-6;

  private static final double SMALLEST_NOISE = 1e-12;
  private static final double LARGEST_NOISE = 1e12;
  private static final long MOST_ROUNDS = 1_000_000_000_000L;

  private final Supplier<? extends PrivacyAccountant> accountants;

  /**
   * @param accountants gives a new accountant, with nothing composed or with what else is to fit in
   *     the budget
   */
  public Calibration(Supplier<? extends PrivacyAccountant> accountants) {
    this.accountants = accountants;
  }

  /**
   * The least noise multiplier up to a relative 10⁻⁶: as {@link #noiseMultiplier(DoubleFunction,
   * double, double, double)}.
   */
  public double noiseMultiplier(
      DoubleFunction<? extends PrivacyEvent> releases, double epsilon, double delta) {
    return noiseMultiplier(releases, epsilon, delta, DEFAULT_TOLERANCE);
  }

  /**
   * The least noise multiplier between 10⁻¹² and 10¹² with which releases are (ε, δ)-DP.
   *
   * @param releases all releases, as one event, for a noise multiplier
   * @param epsilon nonnegative and finite
   * @param delta strictly between 0 and 1
   * @param relativeTolerance at least 1e-15
   * @throws IllegalArgumentException if none does
   */
  public double noiseMultiplier(
      DoubleFunction<? extends PrivacyEvent> releases,
      double epsilon,
      double delta,
      double relativeTolerance) {
    if (!(relativeTolerance >= 1e-15)) {
      throw new IllegalArgumentException(
          "relativeTolerance must be at least 1e-15, got " + relativeTolerance);
    }
    DoubleUnaryOperator excess = excess(releases, epsilon, delta);
    Bracket bracket = new Bracket(excess, 1);
    double wider = 2;
    while (!bracket.isClosed()) {
      double next = bracket.startFits() ? 1 / wider : wider;
      if (next < SMALLEST_NOISE && bracket.startFits()) {
        return bracket.fits();
      }
      if (next > LARGEST_NOISE) {
        throw new IllegalArgumentException(
            "no noise multiplier up to "
                + LARGEST_NOISE
                + " fits epsilon "
                + epsilon
                + " and delta "
                + delta);
      }
      bracket.test(next);
      wider = wider * wider > 1e6 ? wider * 1e3 : wider * wider;
    }
    while (bracket.fits() > bracket.fails() * (1 + relativeTolerance)) {
      double next = bracket.next(relativeTolerance / 4);
      if (next <= bracket.fails() || next >= bracket.fits()) {
        break;
      }
      bracket.test(next);
    }
    return bracket.fits();
  }

  /**
   * The largest number of equal rounds, up to 10¹², that together are (ε, δ)-DP; 0 if one is not.
   *
   * @param epsilon nonnegative and finite
   * @param delta strictly between 0 and 1
   */
  public long rounds(PrivacyEvent round, double epsilon, double delta) {
    DoubleUnaryOperator excess =
        excess(count -> new SelfComposedEvent(round, (long) count), epsilon, delta);
    Bracket bracket = new Bracket(excess, 1);
    if (!bracket.startFits()) {
      return 0;
    }
    for (long count = 16; !bracket.isClosed(); count *= 16) {
      bracket.test((double) Math.min(count, MOST_ROUNDS));
      if (bracket.fits() >= MOST_ROUNDS) {
        return MOST_ROUNDS;
      }
    }
    while (bracket.fails() - bracket.fits() > 1) {
      double next = Math.rint(bracket.next(0.25 / bracket.fits()));
      bracket.test(Math.min(Math.max(next, bracket.fits() + 1), bracket.fails() - 1));
    }
    return (long) bracket.fits();
  }

  private DoubleUnaryOperator excess(
      DoubleFunction<? extends PrivacyEvent> releases, double epsilon, double delta) {
    Domain.nonnegativeAndFinite("epsilon", epsilon);
    Domain.insideUnitInterval("delta", delta);
    return x -> {
      PrivacyAccountant accountant = accountants.get();
      accountant.compose(releases.apply(x));
      double reached = accountant.delta(epsilon);
      if (reached <= delta) {
        return Math.min(0, Math.log(reached) - Math.log(delta));
      }
      return Math.max(Double.MIN_VALUE, Math.log(reached) - Math.log(delta));
    };
  }

  /**
   * The least noise multiplier with which {@code count} Gaussian releases are together μ-GDP by
   * {@link GaussianDpAccountant}: correct to the last bit.
   *
   * @param mu positive and finite
   * @param count positive
   */
  public static double gaussianNoiseMultiplier(
      NeighboringRelation neighboringRelation, double mu, long count) {
    Domain.positiveAndFinite("mu", mu);
    if (count < 1) {
      throw new IllegalArgumentException("count must be positive, got " + count);
    }
    return Bisection.firstThatHolds(
        noise -> {
          if (!(noise >= 1e-300)) {
            return false;
          }
          if (noise > 1e300) {
            return true;
          }
          GaussianDpAccountant accountant = new GaussianDpAccountant(neighboringRelation);
          accountant.compose(new SelfComposedEvent(new GaussianEvent(noise), count));
          return accountant.mu() <= mu;
        });
  }

  /** A point that fits and one that fails, drawn together on a logarithmic scale. */
  private static final class Bracket {
    private final DoubleUnaryOperator excess;
    private final boolean startFits;
    private double fits = Double.NaN;
    private double fails = Double.NaN;
    private double fitsExcess;
    private double failsExcess;
    private boolean lastFitted;
    private int sinceHalving;

    Bracket(DoubleUnaryOperator excess, double start) {
      this.excess = excess;
      test(start);
      this.startFits = lastFitted;
    }

    void test(double x) {
      double value = excess.applyAsDouble(x);
      double before = Math.abs(Math.log(fits / fails));
      lastFitted = value <= 0;
      if (lastFitted) {
        fits = x;
        fitsExcess = value;
      } else {
        fails = x;
        failsExcess = value;
      }
      sinceHalving = Math.abs(Math.log(fits / fails)) > before / 2 ? sinceHalving + 1 : 0;
    }

    boolean startFits() {
      return startFits;
    }

    boolean isClosed() {
      return fits > 0 && fails > 0;
    }

    double fits() {
      return fits;
    }

    double fails() {
      return fails;
    }

    /**
     * The next point to test: a little to one side of where the chord crosses zero, in turns, so
     * that both ends come near; the middle if that did not help twice.
     */
    double next(double little) {
      double width = Math.log(fails / fits);
      double share = -fitsExcess / (failsExcess - fitsExcess);
      if (sinceHalving >= 2 || !(share >= 0 && share <= 1)) {
        sinceHalving = 0;
        return fits * Math.exp(width / 2);
      }
      double aside = Math.copySign(little, lastFitted ? width : -width);
      double point = share * width + aside;
      double inside = Math.min(Math.max(point / width, 1e-3), 1 - 1e-3);
      return fits * Math.exp(inside * width);
    }
  }
}
