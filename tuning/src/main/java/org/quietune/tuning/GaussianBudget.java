package org.quietune.tuning;

import java.util.Objects;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.release.GaussianNoise;

/**
 * A budget for Gaussian releases: the Gaussian-DP parameter μ, of which μ² adds up (docs/theory.md,
 * Theorem 3).
 *
 * @param mu positive, finite
 */
public record GaussianBudget(double mu, NeighboringRelation relation) implements PrivacyBudget {

  /**
   * Parts are made this much smaller, so that rounding up in each release never lets all of them
   * together pass the whole.
   */
  private static final double ROUNDING_MARGIN = 1 - 0x1p-46;

  public GaussianBudget {
    if (!(mu > 0) || !(mu < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("mu must be positive and finite: " + mu);
    }
    Objects.requireNonNull(relation);
  }

  /** The largest budget whose whole δ(ε) curve passes through or under (ε, δ), rounded down. */
  public static GaussianBudget of(double epsilon, double delta, NeighboringRelation relation) {
    return new GaussianBudget(GaussianDp.mu(epsilon, delta), relation);
  }

  /** A task's budget, for a method that spends this kind. */
  static GaussianBudget in(FineTuningTask task) {
    return from(task.budget());
  }

  /**
   * A budget as one of this kind.
   *
   * @throws IllegalArgumentException when it is of the other kind
   */
  static GaussianBudget from(PrivacyBudget budget) {
    if (budget instanceof GaussianBudget gaussian) {
      return gaussian;
    }
    throw new IllegalArgumentException(
        "this method adds Gaussian noise, which no budget with delta = 0 can pay: " + budget);
  }

  @Override
  public GaussianEvent event() {
    return new GaussianEvent(noise().multiplier());
  }

  @Override
  public GaussianBudget share(double share) {
    PrivacyBudget.requireShare(share);
    return share == 1
        ? this
        : new GaussianBudget(mu * Math.sqrt(share) * ROUNDING_MARGIN, relation);
  }

  @Override
  public GaussianBudget perRound(int rounds) {
    return share(1.0 / rounds);
  }

  /** The noise that spends the whole budget on a sum of any dimension. */
  GaussianNoise noise() {
    return GaussianNoise.forMu(mu, relation);
  }

  @Override
  public GaussianNoise noiseOfOneNumber() {
    return noise();
  }
}
