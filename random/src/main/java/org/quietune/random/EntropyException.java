package org.quietune.random;

/** The source of randomness is missing, failing or stuck. Nothing may be released from it. */
public final class EntropyException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what failed. */
  public EntropyException(String message) {
    super(message);
  }

  /** Says what failed, and why. */
  public EntropyException(String message, Throwable cause) {
    super(message, cause);
  }
}
