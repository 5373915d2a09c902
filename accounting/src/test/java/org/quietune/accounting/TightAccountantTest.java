package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class TightAccountantTest {
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;
  private static final NeighboringRelation REPLACE = NeighboringRelation.REPLACE_ONE;

  @Test
  void gaussianEventsComposeToOneGaussian() {
    TightAccountant accountant =
        TightAccountant.of(ADD, List.of(new GaussianEvent(1.0 / 3), new GaussianEvent(0.25)));
    assertEquals(5, accountant.mu().getAsDouble(), 1e-14);
    assertTrue(accountant.mu().getAsDouble() >= 5);
    assertEquals(GaussianDp.epsilon(accountant.mu().getAsDouble(), 1e-5), accountant.epsilon(1e-5));
    assertTrue(accountant.pureEpsilon().isEmpty());
  }

  @Test
  void pureEventsAddUp() {
    TightAccountant accountant =
        TightAccountant.of(
            ADD,
            List.of(
                new PureDpEvent(0.1),
                new SelfComposedEvent(new BoundedRangeEvent(0.2), 3),
                new LaplaceEvent(10)));
    double sum = accountant.pureEpsilon().getAsDouble();
    assertEquals(0.8, sum, 1e-15);
    assertTrue(accountant.epsilon(1e-300) <= sum);
    assertEquals(sum, accountant.epsilon(1e-300), 1e-12);
    assertEquals(0, accountant.delta(sum));
    assertTrue(accountant.mu().isEmpty());
  }

  @Test
  void onlyNoiseOverTheClipNormDoublesWhenOneIsReplaced() {
    assertEquals(0.2, pure(REPLACE, new LaplaceEvent(10)), 1e-16);
    assertEquals(0.1, pure(REPLACE, new PureDpEvent(0.1)));
    assertEquals(0.1, pure(REPLACE, new BoundedRangeEvent(0.1)));
  }

  private static double pure(NeighboringRelation relation, PrivacyEvent event) {
    return TightAccountant.of(relation, List.of(event)).pureEpsilon().getAsDouble();
  }

  @Test
  void deltaOfPureDpIsThatOfRandomizedResponse() {
    // p = e/(1+e): δ(0) = 2p − 1 = tanh(1/2).
    double delta = TightAccountant.of(ADD, List.of(new PureDpEvent(1))).delta(0);
    assertEquals(Math.tanh(0.5), delta, 1e-14);
    assertTrue(delta >= Math.tanh(0.5));
  }

  @Test
  void sumsRoundUp() {
    double first = 0.1;
    double second = 0.2;
    double sum =
        pure(ADD, new ComposedEvent(List.of(new PureDpEvent(first), new PureDpEvent(second))));
    BigDecimal exact = new BigDecimal(first).add(new BigDecimal(second));
    assertTrue(new BigDecimal(sum).compareTo(exact) > 0, "the exact sum is no double");
    assertTrue(new BigDecimal(Math.nextDown(sum)).compareTo(exact) < 0);
  }

  @Test
  void nothingIsComposedOfAnEventThatIsUnknown() {
    TightAccountant accountant = new TightAccountant(REPLACE);
    assertThrows(
        UnsupportedEventException.class,
        () -> accountant.compose(new PoissonSubsampledGaussianEvent(0.5, 1)));
    assertEquals(0, accountant.mu().getAsDouble());
    assertEquals(0, accountant.epsilon(1e-5));
  }
}
