package org.quietune.tuning;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.PureDpEvent;
import org.quietune.accounting.TightAccountant;
import org.quietune.release.DiscreteLaplaceNoise;

/**
 * A budget for releases that are (ε, 0)-DP, of which ε adds up.
 *
 * @param epsilon positive, finite
 */
public record PureBudget(double epsilon, NeighboringRelation relation) implements PrivacyBudget {
  private static final double SMALLEST = 1e-3;
  private static final double LARGEST = 1e6;

  /** As for {@link GaussianBudget}: parts never pass the whole, however they round. */
  private static final double ROUNDING_MARGIN = 1 - 0x1p-46;

  public PureBudget {
    if (!(epsilon > 0) || !(epsilon < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("epsilon must be positive and finite: " + epsilon);
    }
    Objects.requireNonNull(relation);
  }

  /**
   * The budget of a whole run.
   *
   * @throws IllegalArgumentException outside [10⁻³, 10⁶], where the noise of some part of a run
   *     might not fit the lattice
   */
  public static PureBudget of(double epsilon, NeighboringRelation relation) {
    if (!(epsilon >= SMALLEST) || !(epsilon <= LARGEST)) {
      throw new IllegalArgumentException(
          "epsilon of a pure guarantee must lie between 0.001 and 1000000: " + epsilon);
    }
    return new PureBudget(epsilon, relation);
  }

  /** A task's budget, for a method that spends this kind. */
  static PureBudget in(FineTuningTask task) {
    return from(task.budget());
  }

  /**
   * A budget as one of this kind.
   *
   * @throws IllegalArgumentException when it is of the other kind
   */
  static PureBudget from(PrivacyBudget budget) {
    if (budget instanceof PureBudget pure) {
      return pure;
    }
    throw new IllegalArgumentException(
        "the pure mechanism spends a budget with delta = 0: " + budget);
  }

  @Override
  public PureDpEvent event() {
    return new PureDpEvent(epsilon);
  }

  @Override
  public PureBudget share(double share) {
    PrivacyBudget.requireShare(share);
    return share == 1 ? this : new PureBudget(epsilon * share * ROUNDING_MARGIN, relation);
  }

  @Override
  public Optional<PrivacyBudget> after(List<PrivacyEvent> spent) {
    double used =
        TightAccountant.of(relation, spent).pureEpsilon().orElse(Double.POSITIVE_INFINITY);
    double rest = PrivacyBudget.rest(epsilon, used);
    return rest > 0 ? Optional.of(new PureBudget(rest, relation)) : Optional.empty();
  }

  @Override
  public DiscreteLaplaceNoise noiseOfOneNumber() {
    return DiscreteLaplaceNoise.forEpsilon(epsilon, relation);
  }
}
