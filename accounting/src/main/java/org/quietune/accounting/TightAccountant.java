package org.quietune.accounting;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Accounts for any composition of events by the tightest valid bound: exactly, as one Gaussian
 * mechanism, where all events are Gaussian; otherwise by the smallest of the sum of the epsilons
 * (where all are pure), {@link RdpAccountant} and {@link PldAccountant}.
 *
 * <p>Guarantee: as {@link PrivacyAccountant} states it; each bound is valid by itself, so the
 * smallest is (docs/theory.md §5.9).
 *
 * <p>Supports what {@link PldAccountant} supports: every event but subsampling under {@link
 * NeighboringRelation#REPLACE_ONE}.
 *
 * <p>Cost: microseconds where all is Gaussian, some tenths of a second for a mixture.
 */
public final class TightAccountant implements PrivacyAccountant {

  private final NeighboringRelation neighboringRelation;
  private final List<PrivacyEvent> events = new ArrayList<>();
  private final RdpAccountant rdp;
  private final PldAccountant general;

  /** Starts with nothing released. */
  public TightAccountant(NeighboringRelation neighboringRelation) {
    this.neighboringRelation = neighboringRelation;
    this.rdp = new RdpAccountant(neighboringRelation);
    this.general = new PldAccountant(neighboringRelation);
  }

  /** The account of {@code events}. */
  public static TightAccountant of(
      NeighboringRelation neighboringRelation, List<? extends PrivacyEvent> events) {
    TightAccountant accountant = new TightAccountant(neighboringRelation);
    accountant.compose(new ComposedEvent(List.copyOf(events)));
    return accountant;
  }

  @Override
  public NeighboringRelation neighboringRelation() {
    return neighboringRelation;
  }

  @Override
  public void compose(PrivacyEvent event) {
    // The one call that may refuse comes first.
    general.compose(event);
    rdp.compose(event);
    events.add(event);
  }

  /** The account of this and one more release; this one is not changed. */
  public TightAccountant plus(PrivacyEvent event) {
    return of(neighboringRelation, List.of(new ComposedEvent(events), event));
  }

  /** The μ of everything composed so far, rounded up; empty where an event is not Gaussian. */
  public OptionalDouble mu() {
    GaussianDpAccountant gaussian = new GaussianDpAccountant(neighboringRelation);
    try {
      events.forEach(gaussian::compose);
    } catch (UnsupportedEventException notGaussian) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(gaussian.mu());
  }

  /**
   * The ε of an (ε, 0)-DP guarantee of everything composed so far, rounded up; empty where an event
   * has no such guarantee.
   */
  public OptionalDouble pureEpsilon() {
    return exactPureEpsilon(new ComposedEvent(events))
        .map(exact -> OptionalDouble.of(up(exact)))
        .orElse(OptionalDouble.empty());
  }

  /** The sum of the epsilons, unrounded; empty where an event has none. */
  private Optional<BigDecimal> exactPureEpsilon(PrivacyEvent event) {
    if (event instanceof PureDpEvent pure) {
      return Optional.of(new BigDecimal(pure.epsilon()));
    }
    if (event instanceof BoundedRangeEvent bounded) {
      return Optional.of(new BigDecimal(bounded.epsilon()));
    }
    if (event instanceof LaplaceEvent laplace) {
      // The factor is 1 or 2, so the product is exact.
      double reciprocal = DirectedRounding.reciprocalUp(laplace.noiseMultiplier());
      return Optional.of(new BigDecimal(neighboringRelation.sensitivityFactor() * reciprocal));
    }
    if (event instanceof SelfComposedEvent repeated) {
      return exactPureEpsilon(repeated.event())
          .map(one -> one.multiply(BigDecimal.valueOf(repeated.count())));
    }
    if (event instanceof ComposedEvent composed) {
      BigDecimal sum = BigDecimal.ZERO;
      for (PrivacyEvent part : composed.events()) {
        Optional<BigDecimal> one = exactPureEpsilon(part);
        if (one.isEmpty()) {
          return one;
        }
        sum = sum.add(one.get());
      }
      return Optional.of(sum);
    }
    return Optional.empty();
  }

  private static double up(BigDecimal exact) {
    double nearest = exact.doubleValue();
    return Double.isFinite(nearest) && new BigDecimal(nearest).compareTo(exact) < 0
        ? Math.nextUp(nearest)
        : nearest;
  }

  @Override
  public double epsilon(double delta) {
    Domain.insideUnitInterval("delta", delta);
    OptionalDouble mu = mu();
    return mu.isPresent()
        ? GaussianDp.epsilon(mu.getAsDouble(), delta)
        : Math.min(pureOrInfinite(), general.epsilon(delta));
  }

  @Override
  public double delta(double epsilon) {
    OptionalDouble mu = mu();
    if (mu.isPresent()) {
      return GaussianDp.delta(mu.getAsDouble(), epsilon);
    }
    double byPure = deltaByPure(epsilon);
    return byPure == 0 ? 0 : Math.min(byPure, general.delta(epsilon));
  }

  /**
   * Whether everything composed so far is proved (epsilon, delta)-DP. Cheap bounds are asked first.
   *
   * @param epsilon nonnegative
   * @param delta nonnegative and below 1; with 0 only a pure guarantee will do
   */
  public boolean satisfies(double epsilon, double delta) {
    return satisfiesCheaply(epsilon, delta)
        || (delta > 0 && !isExactlyGaussian() && general.delta(epsilon) <= delta);
  }

  /** The same by the bounds that take a millisecond; exact where all events are Gaussian. */
  boolean satisfiesCheaply(double epsilon, double delta) {
    Domain.nonnegative("epsilon", epsilon);
    Domain.nonnegative("delta", delta);
    if (delta == 0) {
      return pureOrInfinite() <= epsilon;
    }
    OptionalDouble mu = mu();
    return mu.isPresent()
        ? GaussianDp.delta(mu.getAsDouble(), epsilon) <= delta
        : deltaByPure(epsilon) <= delta || rdp.delta(epsilon) <= delta;
  }

  boolean isExactlyGaussian() {
    return mu().isPresent();
  }

  private double deltaByPure(double epsilon) {
    double pure = pureOrInfinite();
    return epsilon >= pure ? 0 : pure == Double.POSITIVE_INFINITY ? 1 : PureDp.delta(pure, epsilon);
  }

  private double pureOrInfinite() {
    return pureEpsilon().orElse(Double.POSITIVE_INFINITY);
  }
}
