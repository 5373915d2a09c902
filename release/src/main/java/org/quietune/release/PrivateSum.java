package org.quietune.release;

/** Placeholder of the door's name for links; completed in the next commit. */
final class PrivateSum {
  private PrivateSum() {}
}
