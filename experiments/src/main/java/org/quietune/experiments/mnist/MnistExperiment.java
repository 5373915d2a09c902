package org.quietune.experiments.mnist;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.experiments.Bench;
import org.quietune.experiments.Cell;
import org.quietune.experiments.CellStore;
import org.quietune.experiments.CellTables;
import org.quietune.model.ModelFile;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.PrivacyBudget;

/**
 * Digits of MNIST: the mechanism against every baseline that fits, each tuned per cell over its
 * stated grid, in three parts ({@link Part}).
 */
public final class MnistExperiment {
  static final double DELTA = 1e-5;
  static final String PRETRAINED = "pretrained only";
  static final String NON_PRIVATE = "non-private";

  /** Budgets, the most telling first. */
  private static final List<Double> EPSILONS = List.of(1.0, 4.0, 0.5, 8.0, 2.0);

  /** Cells with more units than this are run after all others. */
  private static final int LARGE = 10_000;

  /**
   * What to run. An empty list stands for everything.
   *
   * @param methods of {@link #methods()}
   * @param units numbers of private images, of {@link Part#units()}
   * @param epsilons of {@link #epsilons()}
   * @param seeds noise seeds per cell, at least 2
   * @param threads runs side by side
   */
  public record Selection(
      List<Part> parts,
      List<String> methods,
      List<Integer> units,
      List<Double> epsilons,
      int seeds,
      int threads) {
    public Selection {
      parts = List.copyOf(parts);
      methods = List.copyOf(methods);
      units = List.copyOf(units);
      epsilons = List.copyOf(epsilons);
      if (seeds < 2) {
        throw new IllegalArgumentException("seeds must be at least 2: " + seeds);
      }
      if (threads < 1) {
        throw new IllegalArgumentException("threads must be at least 1: " + threads);
      }
    }

    private boolean has(Coordinate coordinate) {
      return (parts.isEmpty() || parts.contains(coordinate.table().part()))
          && (methods.isEmpty() || methods.contains(coordinate.row().name()))
          && (units.isEmpty() || units.contains(coordinate.table().units()))
          && (epsilons.isEmpty() || epsilons.contains(coordinate.epsilon()));
    }
  }

  /** One table: a part and a number of private images. */
  record Table(Part part, int units) {
    String label() {
      return part.letter() + " n=" + units;
    }

    static List<Table> all() {
      List<Table> tables = new ArrayList<>();
      for (Part part : Part.values()) {
        part.units().forEach(units -> tables.add(new Table(part, units)));
      }
      return tables;
    }
  }

  /** A cell that may be run. */
  record Coordinate(Table table, Row row, double epsilon) {
    /**
     * Strong methods before others, the first budgets before others and few images before many,
     * each with some weight, so that what is there when a run is stopped tells the most.
     */
    int rank() {
      int size = table.units() > LARGE ? 100 : 4 * table.part().units().indexOf(table.units());
      return size + EPSILONS.indexOf(epsilon) + (row.isTelling() ? 0 : 2);
    }
  }

  private final Path data;
  private final Path out;

  /**
   * The experiment.
   *
   * @param data folder with the published files
   * @param out folder to write; finished cells in it are not run again
   */
  public MnistExperiment(Path data, Path out) {
    this.data = data;
    this.out = out;
  }

  /** The names of the private methods. */
  public static List<String> methods() {
    return Row.names();
  }

  /** The budgets of the tables. */
  public static List<Double> epsilons() {
    return EPSILONS.stream().sorted().toList();
  }

  /**
   * Runs what is asked for and not yet there, and writes tables and plots of all cells that are
   * there after every cell.
   *
   * @param lines told what is done, a line at a time
   */
  public void run(Selection selection, Consumer<String> lines) throws IOException {
    List<Coordinate> wanted = coordinates().stream().filter(selection::has).toList();
    CellStore store = new CellStore(out.resolve("cells-" + selection.seeds()));
    MnistReport report = new MnistReport(selection.seeds());
    for (Cell.Label label : labels()) {
      store.find(label.toString()).ifPresent(report::add);
    }
    try (Benches benches = new Benches(selection, lines)) {
      List<Table> tables =
          Table.all().stream()
              .filter(table -> wanted.stream().anyMatch(c -> c.table().equals(table)))
              .toList();
      for (Table table : tables) {
        Cell.Label label = pretrained(table);
        report.add(store.get(label.toString(), () -> benches.of(table).pretrained(label)));
      }
      int done = 0;
      for (Coordinate coordinate : wanted) {
        done++;
        Cell.Label label = label(coordinate);
        if (store.find(label.toString()).isEmpty()) {
          long start = System.nanoTime();
          PrivacyBudget budget =
              PrivacyBudget.of(coordinate.epsilon(), DELTA, NeighboringRelation.ADD_OR_REMOVE_ONE);
          Cell cell =
              store.get(
                  label.toString(),
                  () ->
                      coordinate
                          .row()
                          .runner()
                          .cell(benches.of(coordinate.table()), label, budget));
          report.add(cell);
          lines.accept(
              "[%d/%d] %s, %s, ε = %s: accuracy %s, %d passes, %.0f s"
                  .formatted(
                      done,
                      wanted.size(),
                      label.model(),
                      label.method(),
                      CellTables.plain(label.epsilon()),
                      CellTables.meanAndDeviation(DigitBench.ACCURACY).of(cell),
                      cell.passes(),
                      (System.nanoTime() - start) / 1e9));
        }
        report.write(out);
      }
      // Last, since on many images it takes longer than private methods do.
      for (Table table : tables) {
        Cell.Label label = nonPrivate(table);
        report.add(store.get(label.toString(), () -> benches.nonPrivate(table, label)));
        report.write(out);
      }
    }
  }

  /** Every cell of the tables. */
  private static List<Cell.Label> labels() {
    return Stream.concat(
            Table.all().stream().flatMap(table -> Stream.of(pretrained(table), nonPrivate(table))),
            coordinates().stream().map(MnistExperiment::label))
        .toList();
  }

  private static Cell.Label pretrained(Table table) {
    return new Cell.Label(table.label(), PRETRAINED);
  }

  private static Cell.Label nonPrivate(Table table) {
    return new Cell.Label(table.label(), NON_PRIVATE);
  }

  private static Cell.Label label(Coordinate coordinate) {
    return new Cell.Label(
        coordinate.table().label(), coordinate.row().name(), coordinate.epsilon());
  }

  /** Every cell of a private method, in the order in which they are run. */
  static List<Coordinate> coordinates() {
    List<Coordinate> all = new ArrayList<>();
    for (double epsilon : EPSILONS) {
      for (Table table : Table.all()) {
        for (Row row : Row.all()) {
          all.add(new Coordinate(table, row, epsilon));
        }
      }
    }
    all.sort(Comparator.comparingInt(Coordinate::rank));
    return all;
  }

  /** Data, models and benches, made when they are needed. */
  private final class Benches implements AutoCloseable {
    private final Selection selection;
    private final Consumer<String> lines;
    private final Digits digits = Digits.read(data);
    private final PretrainedModels models = new PretrainedModels(out.resolve("models"));
    private final Map<Part, Split> splits = new EnumMap<>(Part.class);
    private final Map<Part, ModelFile> pretrained = new EnumMap<>(Part.class);
    private final Map<Table, Bench> benches = new HashMap<>();

    Benches(Selection selection, Consumer<String> lines) {
      this.selection = selection;
      this.lines = lines;
    }

    private Split split(Part part) {
      return splits.computeIfAbsent(part, p -> p.split(digits));
    }

    private ModelFile pretrained(Part part) throws IOException {
      ModelFile known = pretrained.get(part);
      if (known == null) {
        known =
            models.get(
                part,
                split(part).publicImages(),
                Architecture.parse("cnn"),
                done ->
                    lines.accept("pretraining (%s): %.0f %%".formatted(part.letter(), 100 * done)));
        pretrained.put(part, known);
      }
      return known;
    }

    Bench of(Table table) throws IOException {
      Bench known = benches.get(table);
      if (known == null) {
        known =
            DigitBench.of(
                table.part(),
                split(table.part()),
                table.units(),
                pretrained(table.part()),
                selection.seeds(),
                selection.threads());
        benches.put(table, known);
      }
      return known;
    }

    Cell nonPrivate(Table table, Cell.Label label) throws IOException {
      return DigitBench.nonPrivate(of(table), label, split(table.part()), pretrained(table.part()));
    }

    @Override
    public void close() {
      benches.values().forEach(Bench::close);
    }
  }
}
