package org.quietune.accounting;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Accounts for any composition of events by the tightest way that is exact for it: one Gaussian
 * mechanism where all events are Gaussian, the sum of the epsilons where all are pure and that is
 * smaller, and otherwise the general accountant.
 *
 * <p>Guarantee: as {@link PrivacyAccountant} states it; every way is valid by itself, so the
 * smallest answer is.
 */
public final class TightAccountant implements PrivacyAccountant {

  private final NeighboringRelation neighboringRelation;
  private final List<PrivacyEvent> events = new ArrayList<>();

  /** Starts with nothing released. */
  public TightAccountant(NeighboringRelation neighboringRelation) {
    this.neighboringRelation = neighboringRelation;
  }

  /** The account of {@code events}. */
  public static TightAccountant of(
      NeighboringRelation neighboringRelation, List<? extends PrivacyEvent> events) {
    TightAccountant accountant = new TightAccountant(neighboringRelation);
    events.forEach(accountant::compose);
    return accountant;
  }

  @Override
  public NeighboringRelation neighboringRelation() {
    return neighboringRelation;
  }

  @Override
  public void compose(PrivacyEvent event) {
    if (pureEpsilon(event).isEmpty()) {
      // Throws where the event is known to nobody.
      new GaussianDpAccountant(neighboringRelation).compose(event);
    }
    events.add(event);
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
    return pureEpsilon(new ComposedEvent(events));
  }

  private OptionalDouble pureEpsilon(PrivacyEvent event) {
    if (event instanceof PureDpEvent pure) {
      return OptionalDouble.of(pure.epsilon());
    }
    if (event instanceof BoundedRangeEvent bounded) {
      return OptionalDouble.of(bounded.epsilon());
    }
    if (event instanceof LaplaceEvent laplace) {
      // The factor is 1 or 2, so the product is exact.
      double reciprocal = DirectedRounding.reciprocalUp(laplace.noiseMultiplier());
      return OptionalDouble.of(neighboringRelation.sensitivityFactor() * reciprocal);
    }
    if (event instanceof SelfComposedEvent repeated) {
      OptionalDouble one = pureEpsilon(repeated.event());
      return one.isEmpty()
          ? one
          : up(new BigDecimal(one.getAsDouble()).multiply(BigDecimal.valueOf(repeated.count())));
    }
    if (event instanceof ComposedEvent composed) {
      BigDecimal sum = BigDecimal.ZERO;
      for (PrivacyEvent part : composed.events()) {
        OptionalDouble one = pureEpsilon(part);
        if (one.isEmpty()) {
          return one;
        }
        sum = sum.add(new BigDecimal(one.getAsDouble()));
      }
      return up(sum);
    }
    return OptionalDouble.empty();
  }

  private static OptionalDouble up(BigDecimal exact) {
    double nearest = exact.doubleValue();
    return OptionalDouble.of(
        Double.isFinite(nearest) && new BigDecimal(nearest).compareTo(exact) < 0
            ? Math.nextUp(nearest)
            : nearest);
  }

  @Override
  public double epsilon(double delta) {
    Domain.insideUnitInterval("delta", delta);
    OptionalDouble mu = mu();
    if (mu.isPresent()) {
      return GaussianDp.epsilon(mu.getAsDouble(), delta);
    }
    return pureEpsilon().orElseThrow(() -> new UnsupportedEventException("TightAccountant", all()));
  }

  @Override
  public double delta(double epsilon) {
    OptionalDouble mu = mu();
    if (mu.isPresent()) {
      return GaussianDp.delta(mu.getAsDouble(), epsilon);
    }
    double pure =
        pureEpsilon().orElseThrow(() -> new UnsupportedEventException("TightAccountant", all()));
    return epsilon >= pure ? 0 : PureDp.delta(pure, epsilon);
  }

  private ComposedEvent all() {
    return new ComposedEvent(events);
  }
}
