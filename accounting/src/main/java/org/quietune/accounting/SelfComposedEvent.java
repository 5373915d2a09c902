package org.quietune.accounting;

import java.util.Objects;

/**
 * The same kind of release several times over, each of which may have been chosen in view of the
 * results of the earlier ones.
 *
 * @param event one of the releases
 * @param count how many there are; nonnegative
 */
public record SelfComposedEvent(PrivacyEvent event, long count) implements PrivacyEvent {

  /** Checks the domain. */
  public SelfComposedEvent {
    Objects.requireNonNull(event);
    if (count < 0) {
      throw new IllegalArgumentException("count must be nonnegative, got " + count);
    }
  }
}
