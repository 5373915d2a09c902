package org.quietune.experiments.mnist;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.quietune.experiments.Bench;
import org.quietune.experiments.Cell;
import org.quietune.experiments.CellTables;
import org.quietune.experiments.ReportParts;
import org.quietune.report.Chart;
import org.quietune.report.CsvText;
import org.quietune.report.HtmlPage;
import org.quietune.report.Markdown;
import org.quietune.report.Series;
import org.quietune.report.Table;
import org.quietune.tuning.Baseline;

/** Tables and plots of the MNIST experiment, of the cells that are there. */
final class MnistReport {
  private static final String TITLE = "Private fine-tuning on handwritten digits";
  private static final String COMMAND =
      "./quietune reproduce mnist --data $QUIETUNE_DATA/mnist --out DIR";
  private static final List<String> UNSPENT =
      List.of(MnistExperiment.PRETRAINED, MnistExperiment.NON_PRIVATE);

  /** Privacy–utility, and accuracy against passes. */
  private static final List<String> PLOTS = List.of("accuracy", "passes");

  private final int seeds;
  private final CellTables cells = new CellTables();

  MnistReport(int seeds) {
    this.seeds = seeds;
  }

  void add(Cell cell) {
    cells.add(cell);
  }

  void write(Path out) throws IOException {
    ReportParts.write(out.resolve("mnist.csv"), CsvText.of(everything()));
    ReportParts.write(out.resolve("mnist.md"), markdown());
    ReportParts.write(out.resolve("mnist.html"), html());
    for (MnistExperiment.Table table : tables()) {
      for (String plot : PLOTS) {
        ReportParts.write(out.resolve(plotFile(table, plot)), chart(table, plot));
      }
    }
  }

  private static String plotFile(MnistExperiment.Table table, String plot) {
    return "mnist-%s-%d-%s.svg".formatted(table.part().letter(), table.units(), plot);
  }

  /** Those with a private cell. */
  private List<MnistExperiment.Table> tables() {
    return MnistExperiment.Table.all().stream()
        .filter(table -> !epsilons(table).isEmpty())
        .toList();
  }

  private List<Double> epsilons(MnistExperiment.Table table) {
    return cells.epsilons(table.label(), Row.names());
  }

  private static String title(MnistExperiment.Table table) {
    return "%s (%s), n = %d".formatted(table.part().title(), table.part().letter(), table.units());
  }

  private static boolean tellsNewClasses(MnistExperiment.Table table) {
    return table.part() == Part.C;
  }

  private String markdown() {
    StringBuilder text = new StringBuilder("# " + TITLE + "\n\nMade by\n\n    " + COMMAND + "\n\n");
    introduction().forEach(paragraph -> text.append(paragraph).append("\n\n"));
    for (MnistExperiment.Table table : tables()) {
      text.append("## ").append(title(table)).append("\n\n");
      text.append(table.part().description()).append("\n\n");
      comparisons(table).forEach(line -> text.append(line).append("\n\n"));
      for (Map.Entry<String, Table> entry : results(table).entrySet()) {
        text.append(entry.getKey()).append("\n\n").append(Markdown.table(entry.getValue()));
        text.append('\n');
      }
      for (String plot : PLOTS) {
        text.append("![")
            .append(chart(table, plot).title())
            .append("](")
            .append(plotFile(table, plot))
            .append(")\n\n");
      }
    }
    text.append("## Grids\n\n")
        .append(Markdown.table(ReportParts.grids(Row.baselines(), Baseline::imageGrid)));
    return text.toString();
  }

  private String html() {
    HtmlPage page = HtmlPage.titled(TITLE).preformatted(COMMAND);
    introduction().forEach(page::paragraph);
    for (MnistExperiment.Table table : tables()) {
      page.heading(title(table)).paragraph(table.part().description());
      comparisons(table).forEach(page::paragraph);
      results(table).forEach(page::table);
      PLOTS.forEach(plot -> page.chart(chart(table, plot)));
    }
    return page.heading("Grids")
        .table(
            "What each baseline is the best of",
            ReportParts.grids(Row.baselines(), Baseline::imageGrid))
        .heading("Every cell")
        .table("All cells, with settings", everything())
        .render();
  }

  private List<String> introduction() {
    return List.of(
        "Digits of MNIST, a convolutional network of 26,010 parameters (--arch cnn). An image is the"
            + " privacy unit; δ = "
            + MnistExperiment.DELTA
            + ", add or remove one image. Mean ± standard deviation over "
            + seeds
            + " noise seeds. The sampling error of the 10,000 test images is .001 to .005 and the same"
            + " for all methods of a table, so compare them with each other.",
        "Noise is seeded here so that the tables can be made again: these models carry no DP claim.",
        "Every baseline is the best of its grid, per cell, by the accuracy on the very test images that"
            + " the table reports: a favour that no user has, and for which no budget is charged. All"
            + " members are tried on one noise seed, and the best runs again on all others. qem takes"
            + " every choice from public data and its own releases, by one rule. Most of the rule's"
            + " constants were settled on training images held out from all parts, three of them on"
            + " test images (docs/adr/0018): a favour to qem, as the grids are to the baselines.",
        "qem averages gradients over up to eight slightly changed copies of an image before the"
            + " clip, and adds public records' gradients to its steps. dp-gd-augmented takes the same"
            + " copies, and public gradients where its grid finds them better; the other baselines"
            + " train on private images alone, and as they are, as published. A pass costs as"
            + " many gradients as there are copies, so compare seconds as well as passes. Two of qem's"
            + " passes buy one number each and need no gradients; qem-3 has three rounds. AdaSSP is"
            + " left out: it takes one logit. A dash is a cell that has not been run.",
        "The row "
            + MnistExperiment.NON_PRIVATE
            + " goes on training the pretrained model with Adam on the private images and as many"
            + " public ones, a fifth held out to stop by.",
        notRun(),
        ReportParts.machine() + " Seconds are processor time of one run, without tuning.");
  }

  private String notRun() {
    List<String> parts = new ArrayList<>();
    int all = 0;
    int run = 0;
    for (MnistExperiment.Table table : MnistExperiment.Table.all()) {
      int ofTable = 0;
      for (MnistExperiment.Coordinate c : MnistExperiment.coordinates()) {
        if (c.table().equals(table)) {
          all++;
          ofTable += cells.find(table.label(), c.row().name(), c.epsilon()).isPresent() ? 1 : 0;
        }
      }
      run += ofTable;
      parts.add(table.label() + ": " + ofTable);
    }
    return run == all
        ? "All " + all + " cells of private methods have been run."
        : "Of %d cells of private methods %d have been run (%s). The same command goes on with the rest."
            .formatted(all, run, String.join(", ", parts));
  }

  /** Says for every ε how the automatic mechanism compares with the best baseline that was run. */
  private List<String> comparisons(MnistExperiment.Table table) {
    List<String> lines = new ArrayList<>();
    for (double epsilon : epsilons(table)) {
      Optional<Cell> ours = cells.find(table.label(), Row.AUTOMATIC, epsilon);
      Optional<Cell> best = bestBaseline(table, epsilon);
      if (ours.isPresent() && best.isPresent()) {
        CellTables.Difference difference =
            CellTables.Difference.between(ours.get(), best.get(), DigitBench.ACCURACY);
        lines.add(
            "ε = %s: qem is %s the best baseline, %s (%s; %d of %d baselines run)."
                .formatted(
                    CellTables.plain(epsilon),
                    difference.isBehind() ? "behind" : "at or above",
                    best.get().label().method(),
                    difference,
                    Row.baselineNames().stream()
                        .filter(name -> cells.find(table.label(), name, epsilon).isPresent())
                        .count(),
                    Row.baselineNames().size()));
      }
    }
    return lines;
  }

  private Optional<Cell> bestBaseline(MnistExperiment.Table table, double epsilon) {
    return cells.best(table.label(), Row.baselineNames(), epsilon, DigitBench.ACCURACY);
  }

  /** The tables of a part and n that have an entry, by their captions, in their order. */
  private Map<String, Table> results(MnistExperiment.Table table) {
    Map<String, Table> results = new LinkedHashMap<>();
    results.put(
        tellsNewClasses(table) ? "Accuracy on all ten digits" : "Accuracy",
        byEpsilon(table, UNSPENT, CellTables.meanAndDeviation(DigitBench.ACCURACY)));
    if (tellsNewClasses(table)) {
      results.put(
          "Accuracy on the new digits, 5 to 9, of the same models",
          byEpsilon(table, UNSPENT, CellTables.meanAndDeviation(DigitBench.NEW_ACCURACY)));
    }
    results.put(
        "Accuracy of qem minus that of the method, paired over seeds, ± standard error",
        byEpsilon(table, List.of(), cell -> difference(table, cell)));
    results.put(
        "Passes over the private images, and seconds",
        byEpsilon(
            table,
            List.of(),
            cell -> "%d; %.0f s".formatted(cell.passes(), cell.mean(Bench.CPU_SECONDS))));
    results.put("What it takes to reach the best baseline", reaching(table));
    results.values().removeIf(MnistReport::isEmpty);
    return results;
  }

  private static boolean isEmpty(Table table) {
    return table.rows().stream()
        .flatMap(row -> row.stream().skip(1))
        .allMatch(CellTables.ABSENT::equals);
  }

  private Table byEpsilon(
      MnistExperiment.Table table, List<String> unspent, CellTables.Entry entry) {
    return cells.byEpsilon(table.label(), epsilons(table), unspent, Row.names(), entry);
  }

  private String difference(MnistExperiment.Table table, Cell other) {
    if (other.label().method().equals(Row.AUTOMATIC)) {
      return CellTables.ABSENT;
    }
    return cells
        .find(table.label(), Row.AUTOMATIC, other.label().epsilon())
        .map(ours -> CellTables.Difference.between(ours, other, DigitBench.ACCURACY).toString())
        .orElse(CellTables.ABSENT);
  }

  /** The mechanism's run of fewest passes that is as accurate as the best baseline. */
  private Table reaching(MnistExperiment.Table table) {
    List<List<String>> rows = new ArrayList<>();
    for (double epsilon : epsilons(table)) {
      bestBaseline(table, epsilon)
          .ifPresent(
              best -> {
                List<String> row = new ArrayList<>(List.of(CellTables.plain(epsilon)));
                row.addAll(named(Optional.of(best)));
                row.addAll(
                    named(
                        Row.ownNames().stream()
                            .flatMap(name -> cells.find(table.label(), name, epsilon).stream())
                            .filter(cell -> reaches(cell, best))
                            .min(Comparator.comparingInt(Cell::passes))));
                rows.add(row);
              });
    }
    return new Table(
        List.of(
            "ε",
            "best baseline",
            "accuracy",
            "passes",
            "seconds",
            "reached by",
            "accuracy ",
            "passes ",
            "seconds "),
        rows);
  }

  private static boolean reaches(Cell cell, Cell best) {
    return !CellTables.Difference.between(cell, best, DigitBench.ACCURACY).isBehind();
  }

  private static List<String> named(Optional<Cell> cell) {
    return cell.map(
            c ->
                List.of(
                    c.label().method(),
                    "%.4f".formatted(c.mean(DigitBench.ACCURACY)),
                    Integer.toString(c.passes()),
                    "%.0f".formatted(c.mean(Bench.CPU_SECONDS))))
        .orElse(Collections.nCopies(4, CellTables.ABSENT));
  }

  private Chart chart(MnistExperiment.Table table, String plot) {
    return plot.equals("passes") ? passes(table) : accuracy(table);
  }

  private Chart accuracy(MnistExperiment.Table table) {
    List<Series> series = new ArrayList<>();
    for (String method : Row.names()) {
      series.add(cells.series(table.label(), method, epsilons(table), DigitBench.ACCURACY, false));
    }
    for (String method : UNSPENT) {
      series.add(cells.series(table.label(), method, epsilons(table), DigitBench.ACCURACY, true));
    }
    series.removeIf(line -> line.x().length == 0);
    return new Chart(
        title(table) + ": accuracy against privacy budget",
        "ε (δ = " + MnistExperiment.DELTA + ")",
        "accuracy",
        true,
        series);
  }

  /**
   * At the first budget of the filling order that has been run: every whole run spends the budget
   * on its own number of passes.
   */
  private Chart passes(MnistExperiment.Table table) {
    double epsilon =
        epsilons(table).stream()
            .min(Comparator.comparingDouble(e -> Math.abs(Math.log(e))))
            .orElse(1.0);
    SortedMap<Integer, Double> own = new TreeMap<>();
    for (String method : Row.ownNames()) {
      cells
          .find(table.label(), method, epsilon)
          .ifPresent(cell -> own.merge(cell.passes(), cell.mean(DigitBench.ACCURACY), Math::max));
    }
    List<Series> series = new ArrayList<>();
    series.add(line("qem, mean over seeds", own));
    for (String method : Row.baselineNames()) {
      SortedMap<Integer, Double> best = new TreeMap<>();
      cells
          .find(table.label(), method, epsilon)
          .ifPresent(
              cell ->
                  cell.trials()
                      .forEach(trial -> best.merge(trial.passes(), trial.score(), Math::max)));
      series.add(line(method + ", best of its grid", best));
    }
    series.removeIf(line -> line.x().length == 0);
    return new Chart(
        "%s: accuracy against passes, ε = %s".formatted(title(table), CellTables.plain(epsilon)),
        "passes over the private images, each run with the whole budget",
        "accuracy",
        true,
        series);
  }

  private static Series line(String name, SortedMap<Integer, Double> byPasses) {
    return Series.of(
        name,
        byPasses.keySet().stream().mapToDouble(passes -> passes).toArray(),
        byPasses.values().stream().mapToDouble(accuracy -> accuracy).toArray());
  }

  private Table everything() {
    return cells.everything(
        List.of(DigitBench.ACCURACY, DigitBench.NEW_ACCURACY, Bench.CPU_SECONDS));
  }
}
