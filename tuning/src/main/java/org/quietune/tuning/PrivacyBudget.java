package org.quietune.tuning;

import java.util.List;
import java.util.Optional;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.release.NoiseLaw;

/**
 * What a run, or a part of one, may spend on one privacy unit: a Gaussian-DP parameter μ, of which
 * μ² adds up, or a pure ε, which adds up itself. A method spends one kind and refuses the other.
 */
public sealed interface PrivacyBudget permits GaussianBudget, PureBudget {

  /**
   * The budget for (ε, δ): pure for δ = 0, Gaussian otherwise.
   *
   * @throws IllegalArgumentException when ε or δ is out of its domain
   */
  static PrivacyBudget of(double epsilon, double delta, NeighboringRelation relation) {
    return delta == 0
        ? PureBudget.of(epsilon, relation)
        : GaussianBudget.of(epsilon, delta, relation);
  }

  NeighboringRelation relation();

  /** The one release that spends it all: whatever parts spend together fits where this fits. */
  PrivacyEvent event();

  /** The part that has the given share of what adds up, rounded down. */
  PrivacyBudget share(double share);

  /** One of {@code rounds} equal parts. */
  default PrivacyBudget perRound(int rounds) {
    return share(1.0 / rounds);
  }

  /**
   * What is left of the budget after some of a run's releases, rounded down; empty where that is
   * next to nothing. For asking a ledger whether the rest still fits, never for spending: it may
   * fall short of what the run's remaining parts add up to by a part in 10⁹.
   *
   * @param spent events of this kind of budget
   */
  Optional<PrivacyBudget> after(List<PrivacyEvent> spent);

  /** The noise that spends the whole budget on the sum of one clipped number per unit. */
  NoiseLaw noiseOfOneNumber();

  /** {@code whole − spent}, a little less; 0 where that is next to nothing. */
  static double rest(double whole, double spent) {
    double rest = (whole - spent) * (1 - 1e-9);
    return rest > 1e-9 * whole ? rest : 0;
  }

  /** Refuses a share outside (0, 1]. */
  static void requireShare(double share) {
    if (!(share > 0) || !(share <= 1)) {
      throw new IllegalArgumentException("share must lie in (0, 1]: " + share);
    }
  }
}
