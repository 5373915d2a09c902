package org.quietune.accounting;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** How often each basic event occurs in what was composed: the order of events is forgotten. */
final class EventCounts {

  private final Map<PrivacyEvent, Long> counts = new HashMap<>();

  /** The basic events of an event; a composed event is taken apart. */
  static EventCounts of(PrivacyEvent event) {
    EventCounts counts = new EventCounts();
    counts.add(event, 1);
    return counts;
  }

  private void add(PrivacyEvent event, long count) {
    if (event instanceof ComposedEvent composed) {
      for (PrivacyEvent part : composed.events()) {
        add(part, count);
      }
    } else if (event instanceof SelfComposedEvent repeated) {
      add(repeated.event(), Math.multiplyExact(count, repeated.count()));
    } else if (count > 0) {
      counts.merge(event, count, Math::addExact);
    }
  }

  /** Both together; neither is changed. */
  EventCounts plus(EventCounts other) {
    EventCounts sum = new EventCounts();
    sum.counts.putAll(counts);
    other.counts.forEach((event, count) -> sum.counts.merge(event, count, Math::addExact));
    return sum;
  }

  /** Events and counts in an order that depends on nothing else. */
  SortedMap<PrivacyEvent, Long> inFixedOrder() {
    SortedMap<PrivacyEvent, Long> sorted =
        new TreeMap<>(Comparator.comparing(PrivacyEvent::toString));
    sorted.putAll(counts);
    return sorted;
  }
}
