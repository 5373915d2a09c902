package org.quietune.release;

/**
 * A token that whoever reads private records without a privacy mechanism has to hold. One search
 * for this name finds every such place; an architecture test allows it in experiments alone.
 */
public final class InsecureAccess {
  private static final InsecureAccess INSTANCE = new InsecureAccess();

  private InsecureAccess() {}

  /** The caller states that the records are published data, read for a non-private comparison. */
  public static InsecureAccess forPublishedDataOnly() {
    return INSTANCE;
  }
}
