package org.quietune.accounting;

import java.util.List;

/**
 * Several releases from the same private data, each of which may have been chosen in view of the
 * results of the earlier ones (adaptive composition).
 *
 * @param events the releases, in order; may be empty
 */
public record ComposedEvent(List<PrivacyEvent> events) implements PrivacyEvent {

  /** Takes an immutable copy. */
  public ComposedEvent {
    events = List.copyOf(events);
  }
}
