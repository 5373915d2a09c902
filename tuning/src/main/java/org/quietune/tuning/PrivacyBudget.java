package org.quietune.tuning;

import java.util.Objects;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.NeighboringRelation;

/**
 * What a run, or a part of one, may spend on one privacy unit. Everything is spent on Gaussian
 * releases, so a budget is one number: the Gaussian-DP parameter μ, of which μ² adds up.
 *
 * @param mu positive, finite
 */
public record PrivacyBudget(double mu, NeighboringRelation relation) {

  /**
   * Parts are made this much smaller, so that rounding up in each release never lets all of them
   * together pass the whole (docs/theory.md, Theorem 3).
   */
  private static final double ROUNDING_MARGIN = 1 - 0x1p-46;

  public PrivacyBudget {
    if (!(mu > 0) || !(mu < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("mu must be positive and finite: " + mu);
    }
    Objects.requireNonNull(relation);
  }

  /** The largest budget whose whole δ(ε) curve passes through or under (ε, δ), rounded down. */
  public static PrivacyBudget of(double epsilon, double delta, NeighboringRelation relation) {
    return new PrivacyBudget(GaussianDp.mu(epsilon, delta), relation);
  }

  /** The part that has the given share of μ². */
  public PrivacyBudget share(double share) {
    if (!(share > 0) || !(share <= 1)) {
      throw new IllegalArgumentException("share must lie in (0, 1]: " + share);
    }
    return share == 1 ? this : new PrivacyBudget(mu * Math.sqrt(share) * ROUNDING_MARGIN, relation);
  }

  /** One of {@code rounds} equal parts. */
  public PrivacyBudget perRound(int rounds) {
    return share(1.0 / rounds);
  }
}
