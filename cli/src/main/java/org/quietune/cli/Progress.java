package org.quietune.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar on stderr. Told of rounds and shares of public work, never of private records. It
 * appears with the first report, so that a refusal before any work is done stays one line.
 */
final class Progress implements AutoCloseable {
  private static final int STEPS = 1000;

  private final String task;
  private @Nullable ProgressBar bar;

  private Progress(String task) {
    this.task = task;
  }

  static Progress start(String task) {
    return new Progress(task);
  }

  /** Sets the share that is done, from 0 to 1. */
  synchronized void fraction(double done) {
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(STEPS)
              .setStyle(ProgressBarStyle.ASCII)
              .hideEta()
              .setUpdateIntervalMillis(500)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .build();
    }
    bar.stepTo(Math.round(STEPS * Math.max(0, Math.min(1, done))));
  }

  /** The same in rounds. */
  void round(int done, int all) {
    fraction((double) done / all);
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
