package org.quietune.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.OptionalLong;

/** Prints what each phase of a run took, and the peak of resident memory up to its end. */
final class PhaseClock {
  private final PrintStream out;
  private final long start = System.nanoTime();
  private long phaseStart = start;

  PhaseClock(PrintStream out) {
    this.out = out;
    out.printf(Locale.ROOT, "%-22s %9s  %s%n", "phase", "seconds", "peak memory so far, MiB");
  }

  /** Ends the phase under way and begins the next. */
  void endOf(String phase) throws IOException {
    long now = System.nanoTime();
    print(phase, now - phaseStart);
    phaseStart = now;
  }

  /** The whole run. */
  void endOfRun() throws IOException {
    print("whole run", System.nanoTime() - start);
  }

  private void print(String what, long nanoseconds) throws IOException {
    OptionalLong peak = PeakMemory.kib();
    out.printf(
        Locale.ROOT,
        "%-22s %9.2f  %s%n",
        what,
        nanoseconds / 1e9,
        peak.isPresent() ? Long.toString(peak.getAsLong() / 1024) : "unknown");
  }
}
