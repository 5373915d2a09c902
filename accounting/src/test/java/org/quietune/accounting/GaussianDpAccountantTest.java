package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GaussianDpAccountantTest {

  private final GaussianDpAccountant accountant =
      new GaussianDpAccountant(NeighboringRelation.ADD_OR_REMOVE_ONE);

  @Test
  void nothingReleasedCostsNothing() {
    assertEquals(0, accountant.mu());
    assertEquals(0, accountant.epsilon(1e-5));
    assertEquals(0, accountant.delta(0));
  }

  @Test
  void replacingOneRecordDoublesTheSensitivity() {
    GaussianDpAccountant replace = new GaussianDpAccountant(NeighboringRelation.REPLACE_ONE);
    replace.compose(new GaussianEvent(1));
    accountant.compose(new GaussianEvent(1));
    assertEquals(1, accountant.mu());
    assertEquals(2, replace.mu());
    assertEquals(0.12693673750664394, accountant.delta(1), 1e-16);
    assertEquals(0.5098616600546702, replace.delta(1), 1e-15);
    assertEquals(NeighboringRelation.REPLACE_ONE, replace.neighboringRelation());
  }

  /** dp_accounting, pld_privacy_accountant_test.py: three Gaussians of σ = √3 are one of σ = 1. */
  @Test
  void composesNestedEvents() {
    GaussianEvent event = new GaussianEvent(Math.sqrt(3));
    accountant.compose(event);
    accountant.compose(
        new ComposedEvent(List.of(event, new ComposedEvent(List.of(event, noEvent())))));
    assertEquals(1, accountant.mu(), 1e-15);
    assertEquals(0.126936, accountant.delta(1), 1e-6);
    assertEquals(4.3771780956812245, accountant.epsilon(1e-5), 1e-14);
  }

  private static ComposedEvent noEvent() {
    return new ComposedEvent(List.of());
  }

  @Test
  void muDoesNotDependOnTheOrder() {
    Random random = new Random(5);
    List<PrivacyEvent> events = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      events.add(new GaussianEvent(Math.exp(4 * random.nextGaussian())));
    }
    accountant.compose(new ComposedEvent(events));
    Collections.shuffle(events, random);
    GaussianDpAccountant shuffled = new GaussianDpAccountant(NeighboringRelation.ADD_OR_REMOVE_ONE);
    events.forEach(shuffled::compose);
    assertEquals(accountant.mu(), shuffled.mu());
  }

  @Test
  void anUnknownPartLeavesTheAccountUnchanged() {
    accountant.compose(new GaussianEvent(2));
    PrivacyEvent mixed = new ComposedEvent(List.of(new GaussianEvent(1), new PureDpEvent(0.1)));
    UnsupportedEventException error =
        assertThrows(UnsupportedEventException.class, () -> accountant.compose(mixed));
    assertTrue(String.valueOf(error.getMessage()).contains("PureDpEvent[epsilon=0.1]"));
    assertEquals(0.5, accountant.mu());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, Double.MIN_VALUE})
  void refusesNoiseMultipliersOutOfRange(double noiseMultiplier) {
    assertThrows(IllegalArgumentException.class, () -> new GaussianEvent(noiseMultiplier));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesPureEpsilonsOutOfRange(double epsilon) {
    assertThrows(IllegalArgumentException.class, () -> new PureDpEvent(epsilon));
  }

  @Test
  void composedEventsAreImmutable() {
    List<PrivacyEvent> parts = new ArrayList<>(List.of(new GaussianEvent(1)));
    ComposedEvent event = new ComposedEvent(parts);
    parts.clear();
    assertEquals(1, event.events().size());
  }
}
