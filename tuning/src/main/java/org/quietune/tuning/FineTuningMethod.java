package org.quietune.tuning;

import org.quietune.release.ReleaseContext;

/** A method of private fine-tuning. Holds public configuration only. */
public interface FineTuningMethod {

  /** The name used on the command line and in the certificate. */
  String name();

  /**
   * Runs the method. All it learns of the private records comes through {@code context}'s door, and
   * all it spends stays within the task's budget.
   */
  FineTuned run(FineTuningTask task, ReleaseContext context, RoundListener listener);
}
