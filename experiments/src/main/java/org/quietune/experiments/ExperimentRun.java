package org.quietune.experiments;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.InvalidDataException;
import org.quietune.tuning.PrivacyBudget;

/**
 * Runs what is asked for of an experiment and not yet there, and writes tables and plots of all
 * cells that are there after every cell.
 */
public final class ExperimentRun {
  private final Experiment experiment;
  private final Path out;
  private final Consumer<String> lines;

  /**
   * A run.
   *
   * @param out folder to write; finished cells in it are not run again
   * @param lines told what is done, a line at a time
   */
  public ExperimentRun(Experiment experiment, Path out, Consumer<String> lines) {
    this.experiment = experiment;
    this.out = out;
    this.lines = lines;
  }

  /** Runs the cells of a choice. */
  public void of(Choice choice) throws IOException {
    List<Coordinate> wanted = experiment.coordinates().stream().filter(choice::has).toList();
    CellStore store = new CellStore(out.resolve("cells-" + choice.seeds()));
    ExperimentReport report = new ExperimentReport(experiment, choice.seeds());
    for (Cell.Label label : labels()) {
      store.find(label.toString()).ifPresent(report::add);
    }
    String measure = experiment.contents(choice.seeds()).measure();
    List<Sheet> sheets =
        experiment.sheets().stream()
            .filter(sheet -> wanted.stream().anyMatch(c -> c.sheet().label().equals(sheet.label())))
            .toList();
    try (Experiment.Benches benches = experiment.benches(choice.seeds(), choice.threads(), lines)) {
      for (Sheet sheet : sheets) {
        Cell.Label label = new Cell.Label(sheet.label(), Sheet.PRETRAINED);
        Cell start = benches.of(sheet).pretrained(label);
        add(label, store, report, () -> start);
        requireSame(start, store.get(label.toString(), () -> start));
      }
      int done = 0;
      for (Coordinate coordinate : wanted) {
        done++;
        Cell.Label label = coordinate.label();
        long start = System.nanoTime();
        Optional<Cell> added = add(label, store, report, () -> run(benches, coordinate, store));
        if (added.isPresent()) {
          Cell cell = added.get();
          lines.accept(
              "[%d/%d] %s, %s, ε = %s: %s %s, %d passes, %.0f s"
                  .formatted(
                      done,
                      wanted.size(),
                      label.model(),
                      label.method(),
                      CellTables.plain(label.epsilon()),
                      measure,
                      CellTables.meanAndDeviation(coordinate.sheet().metric()).of(cell),
                      cell.passes(),
                      (System.nanoTime() - start) / 1e9));
          report.write(out);
        }
      }
      // Last, since on many records it takes longer than private methods do.
      for (Sheet sheet : sheets) {
        Cell.Label label = new Cell.Label(sheet.label(), Sheet.NON_PRIVATE);
        add(label, store, report, () -> benches.nonPrivate(sheet, label));
        report.write(out);
      }
    }
  }

  /** Cells of runs that start from different models cannot be compared. */
  private static void requireSame(Cell start, Cell known) {
    if (!known.settings().equals(start.settings())) {
      throw new InvalidDataException(
          "the cells of '%s' that are there start from another pretrained model: take along the models folder that they were made with, or choose another --out"
              .formatted(start.label().model()));
    }
  }

  /** Computes a cell that is not there, keeps it and adds it to the report; else empty. */
  private static Optional<Cell> add(
      Cell.Label label, CellStore store, ExperimentReport report, Callable<Cell> compute)
      throws IOException {
    if (store.find(label.toString()).isPresent()) {
      return Optional.empty();
    }
    Cell cell = store.get(label.toString(), compute);
    report.add(cell);
    return Optional.of(cell);
  }

  private Cell run(Experiment.Benches benches, Coordinate coordinate, CellStore store)
      throws IOException {
    Cell.Label label = coordinate.label();
    return coordinate
        .row()
        .runner()
        .cell(
            benches.of(coordinate.sheet()),
            label,
            PrivacyBudget.of(
                coordinate.epsilon(), Experiment.DELTA, NeighboringRelation.ADD_OR_REMOVE_ONE),
            new TellingProgress(store.progress(label.toString()), lines));
  }

  /** Every cell of the tables. */
  private List<Cell.Label> labels() {
    return Stream.concat(
            experiment.sheets().stream()
                .flatMap(
                    sheet ->
                        Sheet.UNSPENT.stream().map(name -> new Cell.Label(sheet.label(), name))),
            experiment.coordinates().stream().map(Coordinate::label))
        .toList();
  }
}
