package org.quietune.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on stderr. Told of rounds and shares of public work, never of private records. */
final class Progress implements AutoCloseable {
  private static final int STEPS = 1000;

  private final ProgressBar bar;

  private Progress(ProgressBar bar) {
    this.bar = bar;
  }

  static Progress start(String task) {
    return new Progress(
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(STEPS)
            .setStyle(ProgressBarStyle.ASCII)
            .hideEta()
            .setUpdateIntervalMillis(500)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .build());
  }

  /** Sets the share that is done, from 0 to 1. */
  void fraction(double done) {
    bar.stepTo(Math.round(STEPS * Math.max(0, Math.min(1, done))));
  }

  /** The same in rounds. */
  void round(int done, int all) {
    fraction((double) done / all);
  }

  @Override
  public void close() {
    bar.close();
  }
}
