package org.quietune.accounting;

import java.util.List;
import java.util.Optional;

/**
 * What an event under one neighboring relation says under another.
 *
 * <p>From {@link NeighboringRelation#ADD_OR_REMOVE_ONE} to {@link NeighboringRelation#REPLACE_ONE}:
 * replacing a unit is removing it and adding another, two steps between neighbors. Noise over a
 * clip norm keeps its event, which an accountant for replace-one reads with twice the sensitivity;
 * (ε, 0)-DP becomes (2ε, 0)-DP, a range of ε one of 2ε. Subsampling is not restated: no bound is
 * known to the accountants here.
 *
 * <p>From replace-one to add-or-remove-one: nothing. A guarantee for a public number of units does
 * not speak of presence.
 *
 * <p>Source: docs/theory.md §5.9; for pure DP, group privacy (C. Dwork, A. Roth, "The algorithmic
 * foundations of differential privacy", 2014, Theorem 2.2).
 */
public final class RelationChange {

  private RelationChange() {}

  /**
   * An event under {@code to} that holds of every release described by {@code event} under {@code
   * from}; empty where none is proved.
   */
  public static Optional<PrivacyEvent> restate(
      PrivacyEvent event, NeighboringRelation from, NeighboringRelation to) {
    if (from == to) {
      return Optional.of(event);
    }
    return to == NeighboringRelation.REPLACE_ONE ? forReplacement(event) : Optional.empty();
  }

  private static Optional<PrivacyEvent> forReplacement(PrivacyEvent event) {
    if (event instanceof GaussianEvent || event instanceof LaplaceEvent) {
      return Optional.of(event);
    }
    if (event instanceof PureDpEvent pure) {
      return twice(pure.epsilon()).map(PureDpEvent::new);
    }
    if (event instanceof BoundedRangeEvent range) {
      return twice(range.epsilon()).map(BoundedRangeEvent::new);
    }
    if (event instanceof SelfComposedEvent repeated) {
      return forReplacement(repeated.event())
          .map(one -> new SelfComposedEvent(one, repeated.count()));
    }
    if (event instanceof ComposedEvent composed) {
      List<Optional<PrivacyEvent>> parts =
          composed.events().stream().map(RelationChange::forReplacement).toList();
      return parts.stream().allMatch(Optional::isPresent)
          ? Optional.of(new ComposedEvent(parts.stream().flatMap(Optional::stream).toList()))
          : Optional.empty();
    }
    return Optional.empty();
  }

  /** Doubling is exact; empty where it overflows. */
  private static Optional<Double> twice(double epsilon) {
    double doubled = 2 * epsilon;
    return Double.isFinite(doubled) ? Optional.of(doubled) : Optional.empty();
  }
}
