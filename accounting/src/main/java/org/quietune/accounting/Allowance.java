package org.quietune.accounting;

import java.util.function.DoubleFunction;
import java.util.function.DoublePredicate;

/**
 * How much one more release may spend after others, within (ε, δ). Answers are rounded down: what
 * they name fits, by {@link TightAccountant#satisfies}.
 *
 * <p>Numerics: exact to the last double where all releases are Gaussian, or all pure and δ = 0. Of
 * a mixture, at least what RDP allows, and within 2⁻¹⁰ of the whole budget of what {@link
 * PldAccountant} allows, which takes some seconds.
 */
public final class Allowance {

  /** Questions to the general accountant. */
  private static final int REFINEMENTS = 10;

  /** Below this, nothing is left; events keep their noise multiplier within 1e300. */
  private static final double SMALLEST = 1e-299;

  private Allowance() {}

  /**
   * The largest μ of one more Gaussian release, rounded down; 0 where none fits.
   *
   * @param spent the releases so far
   * @param epsilon the budget's; positive and finite
   * @param delta the budget's; nonnegative and below 1
   */
  public static double gaussianMu(TightAccountant spent, double epsilon, double delta) {
    if (delta == 0) {
      return 0;
    }
    double alone = GaussianDp.mu(epsilon, delta);
    double factor = spent.neighboringRelation().sensitivityFactor();
    return largest(
        spent,
        mu -> new GaussianEvent(factor * GaussianDp.noiseMultiplier(mu)),
        alone,
        spent.isExactlyGaussian(),
        epsilon,
        delta);
  }

  /**
   * The largest ε of one more (ε, 0)-DP release, rounded down; 0 where none fits.
   *
   * @param spent the releases so far
   * @param epsilon the budget's; positive and finite
   * @param delta the budget's; nonnegative and below 1
   */
  public static double pureEpsilon(TightAccountant spent, double epsilon, double delta) {
    double alone =
        delta == 0
            ? epsilon
            : last(pure -> pure <= epsilon || PureDp.delta(pure, epsilon) <= delta);
    return largest(spent, PureDpEvent::new, alone, delta == 0, epsilon, delta);
  }

  /** The largest size up to {@code alone} that fits: by the cheap bounds, then by all of them. */
  private static double largest(
      TightAccountant spent,
      DoubleFunction<PrivacyEvent> release,
      double alone,
      boolean isExact,
      double epsilon,
      double delta) {
    double low =
        last(size -> size <= alone && after(spent, release, size).satisfiesCheaply(epsilon, delta));
    double high = alone;
    for (int i = 0; !isExact && low < high && i < REFINEMENTS; i++) {
      double middle = low + (high - low) / 2;
      if (after(spent, release, middle).satisfies(epsilon, delta)) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low < SMALLEST ? 0 : low;
  }

  private static TightAccountant after(
      TightAccountant spent, DoubleFunction<PrivacyEvent> release, double size) {
    return size < SMALLEST ? spent : spent.plus(release.apply(size));
  }

  /** The last double at which a predicate holds that holds up to some point; 0 where none. */
  private static double last(DoublePredicate holds) {
    return Math.max(0, Math.nextDown(Bisection.firstThatHolds(holds.negate())));
  }
}
