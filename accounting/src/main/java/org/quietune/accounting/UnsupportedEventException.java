package org.quietune.accounting;

/** An accountant was given an event that it cannot account for exactly. Nothing was composed. */
public final class UnsupportedEventException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Names the accountant and the event. */
  public UnsupportedEventException(String accountant, PrivacyEvent event) {
    super(accountant + " does not support " + event);
  }
}
