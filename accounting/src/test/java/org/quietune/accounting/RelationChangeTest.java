package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RelationChangeTest {
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;
  private static final NeighboringRelation REPLACE = NeighboringRelation.REPLACE_ONE;

  private static Optional<PrivacyEvent> toReplace(PrivacyEvent event) {
    return RelationChange.restate(event, ADD, REPLACE);
  }

  @Test
  void aReplacementIsTwoSteps() {
    PrivacyEvent all =
        new ComposedEvent(
            List.of(
                new GaussianEvent(3),
                new LaplaceEvent(4),
                new SelfComposedEvent(new PureDpEvent(0.1), 3),
                new BoundedRangeEvent(0.25)));
    assertEquals(
        new ComposedEvent(
            List.of(
                new GaussianEvent(3),
                new LaplaceEvent(4),
                new SelfComposedEvent(new PureDpEvent(0.2), 3),
                new BoundedRangeEvent(0.5))),
        toReplace(all).orElseThrow());
  }

  /** Randomized response on "is the unit there?" is ε by addition, 2ε by replacement: tight. */
  @Test
  void theFactorIsNeeded() {
    double epsilon = 0.7;
    double yes = Math.exp(epsilon) / (1 + Math.exp(epsilon));
    // Two answers, whether each of two units is there; a replacement flips both.
    double ratio = yes * yes / ((1 - yes) * (1 - yes));
    PrivacyEvent restated = toReplace(new PureDpEvent(epsilon)).orElseThrow();
    assertEquals(Math.exp(((PureDpEvent) restated).epsilon()), ratio, 1e-12);
  }

  @Test
  void gaussianAndLaplaceCountTwiceByTheAccountant() {
    PrivacyEvent event = toReplace(new GaussianEvent(4)).orElseThrow();
    assertEquals(0.5, TightAccountant.of(REPLACE, List.of(event)).mu().orElseThrow());
    PrivacyEvent laplace = toReplace(new LaplaceEvent(4)).orElseThrow();
    assertEquals(0.5, TightAccountant.of(REPLACE, List.of(laplace)).pureEpsilon().orElseThrow());
  }

  @Test
  void whatIsNotProvedIsEmpty() {
    PrivacyEvent sampled = new PoissonSubsampledGaussianEvent(0.1, 1);
    assertTrue(toReplace(sampled).isEmpty());
    assertTrue(toReplace(new ComposedEvent(List.of(new GaussianEvent(1), sampled))).isEmpty());
    assertTrue(toReplace(new SelfComposedEvent(sampled, 2)).isEmpty());
    assertTrue(toReplace(new PureDpEvent(Double.MAX_VALUE)).isEmpty());
    for (PrivacyEvent event : List.of(new GaussianEvent(9), new PureDpEvent(0.1))) {
      assertTrue(RelationChange.restate(event, REPLACE, ADD).isEmpty());
      assertEquals(event, RelationChange.restate(event, REPLACE, REPLACE).orElseThrow());
    }
    assertEquals(sampled, RelationChange.restate(sampled, ADD, ADD).orElseThrow());
  }
}
