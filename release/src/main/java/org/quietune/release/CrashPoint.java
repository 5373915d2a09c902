package org.quietune.release;

/**
 * Named moments of a run at which a crash must lose nothing and spend nothing twice. Tests stop the
 * process at each of them; otherwise reaching one does nothing.
 */
public enum CrashPoint {
  BEFORE_CHARGE,
  AFTER_CHARGE,
  AFTER_NOISE,
  AFTER_SUM,
  AFTER_STORE,
  BETWEEN_ROUNDS,
  FILE_HALF_WRITTEN,
  FILE_WRITTEN,
  FILE_NAMED;

  /** Told of every moment that is reached. */
  @FunctionalInterface
  interface Observer {
    void reached(CrashPoint point, String what);
  }

  private static final Observer NOBODY = (point, what) -> {};

  /** Not final for tests alone, which reach it from this package. */
  private static final class Watch {
    private static volatile Observer observer = NOBODY;
  }

  static void observe(Observer observer) {
    Watch.observer = observer;
  }

  /**
   * The process is at this point.
   *
   * @param what the file or release that it works on; public
   */
  public void reached(String what) {
    Watch.observer.reached(this, what);
  }
}
