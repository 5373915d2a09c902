package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quietune.accounting.BoundedRangeEvent;
import org.quietune.accounting.ComposedEvent;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.LaplaceEvent;
import org.quietune.accounting.PoissonSubsampledGaussianEvent;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.PureDpEvent;
import org.quietune.accounting.SelfComposedEvent;

class EventJsonTest {

  static List<PrivacyEvent> events() {
    PrivacyEvent gaussian = new GaussianEvent(Math.nextUp(0.1));
    return List.of(
        gaussian,
        new PoissonSubsampledGaussianEvent(1e-3, Math.PI),
        new LaplaceEvent(Math.nextDown(3)),
        new PureDpEvent(0.3),
        new BoundedRangeEvent(Double.MIN_VALUE),
        new SelfComposedEvent(new LaplaceEvent(2), Long.MAX_VALUE),
        new ComposedEvent(List.of(gaussian, new ComposedEvent(List.of()))));
  }

  @ParameterizedTest
  @MethodSource("events")
  void everyKindReadsBackToTheLastBit(PrivacyEvent event) {
    assertEquals(event, EventJson.read(EventJson.write(event)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{}",
        "{\"type\":\"gauss\"}",
        "{\"type\":\"gaussian\"}",
        "{\"type\":\"laplace\",\"noiseMultiplier\":\"x\"}",
        "{\"type\":\"selfComposed\",\"event\":{\"type\":\"pureDp\",\"epsilon\":1}}",
        "{\"type\":\"selfComposed\",\"count\":3}"
      })
  void whatIsNoEventIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> EventJson.read(text));
  }

  @Test
  void theTextIsStable() {
    assertEquals(
        "{\"type\":\"selfComposed\",\"count\":2,\"event\":{\"type\":\"gaussian\",\"noiseMultiplier\":1.5}}",
        EventJson.write(new SelfComposedEvent(new GaussianEvent(1.5), 2)));
  }
}
