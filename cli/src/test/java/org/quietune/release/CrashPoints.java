package org.quietune.release;

import java.util.function.Consumer;

/** Lets tests outside this package stop a process where a crash must lose nothing. */
public final class CrashPoints {
  private CrashPoints() {}

  /** Tells every point that is reached, as {@code POINT what}. */
  public static void watch(Consumer<String> reached) {
    CrashPoint.observe((point, what) -> reached.accept(point + " " + what));
  }

  /** Whether a process that dies at the point leaves a spend without a sum. */
  public static boolean losesASpend(String label) {
    String what = label.substring(label.indexOf(' ') + 1);
    boolean ofASum =
        what.endsWith(".json") && !what.equals("run.json") && !what.equals("certificate.json");
    return switch (CrashPoint.valueOf(label.substring(0, label.indexOf(' ')))) {
      case AFTER_CHARGE, AFTER_NOISE, AFTER_SUM -> true;
      case FILE_HALF_WRITTEN, FILE_WRITTEN -> ofASum;
      case BEFORE_CHARGE, AFTER_STORE, BETWEEN_ROUNDS, FILE_NAMED -> false;
    };
  }
}
