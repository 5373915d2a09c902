package org.quietune.experiments;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/** Tells what is done of a cell, at most once a minute. */
final class TellingProgress implements Progress {
  private static final long NANOS_BETWEEN_LINES = 60_000_000_000L;

  private final Progress kept;
  private final Consumer<String> lines;
  private long last = System.nanoTime();

  TellingProgress(Progress kept, Consumer<String> lines) {
    this.kept = kept;
    this.lines = lines;
  }

  @Override
  public Optional<Cell> done() throws IOException {
    return kept.done();
  }

  @Override
  public void keep(Cell cell) throws IOException {
    kept.keep(cell);
    long now = System.nanoTime();
    if (now - last >= NANOS_BETWEEN_LINES) {
      last = now;
      Cell.Label label = cell.label();
      lines.accept(
          "  %s, %s, ε = %s: %s done"
              .formatted(
                  label.model(),
                  label.method(),
                  CellTables.plain(label.epsilon()),
                  cell.seeds() > 0
                      ? "seed " + cell.seeds()
                      : "setting " + cell.trials().size() + " of the grid"));
    }
  }
}
