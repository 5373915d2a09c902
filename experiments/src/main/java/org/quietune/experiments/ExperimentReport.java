package org.quietune.experiments;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.quietune.report.Chart;
import org.quietune.report.CsvText;
import org.quietune.report.HtmlPage;
import org.quietune.report.Markdown;
import org.quietune.report.Series;
import org.quietune.report.Table;

/** Tables and plots of an experiment, of the cells that are there. */
final class ExperimentReport {
  /** The plot of accuracy against passes; the other one is called by its measure. */
  private static final String PASSES = "passes";

  private final Experiment experiment;
  private final ReportContents contents;
  private final CellTables cells = new CellTables();

  ExperimentReport(Experiment experiment, int seeds) {
    this.experiment = experiment;
    this.contents = experiment.contents(seeds);
  }

  void add(Cell cell) {
    cells.add(cell);
  }

  void write(Path out) throws IOException {
    ReportParts.write(out.resolve(contents.name() + ".csv"), CsvText.of(everything()));
    ReportParts.write(out.resolve(contents.name() + ".md"), markdown());
    ReportParts.write(out.resolve(contents.name() + ".html"), html());
    for (Sheet sheet : sheets()) {
      for (String plot : plots()) {
        ReportParts.write(out.resolve(plotFile(sheet, plot)), chart(sheet, plot));
      }
    }
  }

  /** Privacy–utility, and utility against passes. */
  private List<String> plots() {
    return List.of(contents.measure().toLowerCase(Locale.ROOT), PASSES);
  }

  private static String plotFile(Sheet sheet, String plot) {
    return sheet.file() + "-" + plot + ".svg";
  }

  /** Those with a private cell. */
  private List<Sheet> sheets() {
    return experiment.sheets().stream().filter(sheet -> !epsilons(sheet).isEmpty()).toList();
  }

  private List<Double> epsilons(Sheet sheet) {
    return cells.epsilons(sheet.label(), sheet.names());
  }

  private String markdown() {
    StringBuilder text =
        new StringBuilder("# ")
            .append(contents.title())
            .append("\n\nMade by\n\n    ")
            .append(contents.command())
            .append("\n\n");
    introduction().forEach(paragraph -> text.append(paragraph).append("\n\n"));
    for (Sheet sheet : sheets()) {
      text.append("## ").append(sheet.title()).append("\n\n");
      text.append(sheet.description()).append("\n\n");
      for (Map.Entry<String, Table> entry : results(sheet).entrySet()) {
        text.append(entry.getKey()).append("\n\n").append(Markdown.table(entry.getValue()));
        text.append('\n');
      }
      for (String plot : plots()) {
        text.append("![")
            .append(chart(sheet, plot).title())
            .append("](")
            .append(plotFile(sheet, plot))
            .append(")\n\n");
      }
    }
    text.append("## Grids\n\n").append(Markdown.table(contents.grids()));
    return text.toString();
  }

  private String html() {
    HtmlPage page = HtmlPage.titled(contents.title()).preformatted(contents.command());
    introduction().forEach(page::paragraph);
    for (Sheet sheet : sheets()) {
      page.heading(sheet.title()).paragraph(sheet.description());
      results(sheet).forEach(page::table);
      plots().forEach(plot -> page.chart(chart(sheet, plot)));
    }
    return page.heading("Grids")
        .table("What each baseline is the best of", contents.grids())
        .heading("Every cell")
        .table("All cells, with settings", everything())
        .render();
  }

  private List<String> introduction() {
    List<String> paragraphs = new ArrayList<>(contents.introduction());
    paragraphs.add(notRun());
    paragraphs.add(standing());
    paragraphs.add(
        ReportParts.machine() + " Seconds are processor time of one run, without tuning.");
    return paragraphs;
  }

  private String notRun() {
    List<String> parts = new ArrayList<>();
    int all = 0;
    int run = 0;
    for (Sheet sheet : experiment.sheets()) {
      int ofSheet = 0;
      for (String method : sheet.names()) {
        for (double epsilon : sheet.budgets()) {
          all++;
          ofSheet += cells.find(sheet.label(), method, epsilon).isPresent() ? 1 : 0;
        }
      }
      run += ofSheet;
      parts.add(sheet.label() + ": " + ofSheet);
    }
    return run == all
        ? "All " + all + " cells of private methods have been run."
        : "Of %d cells of private methods %d have been run (%s). The same command goes on with the rest."
            .formatted(all, run, String.join(", ", parts));
  }

  /** In how many cells the mechanism is ahead, level and behind. */
  private String standing() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    List.of("ahead", "level", "behind").forEach(verdict -> counts.put(verdict, 0));
    int all = 0;
    for (Sheet sheet : sheets()) {
      for (Comparison comparison : comparisons(sheet)) {
        counts.merge(comparison.difference().verdict(), 1, Integer::sum);
        all++;
      }
    }
    return "Against the best baseline that was run, qem is ahead in %d, level in %d and behind in %d of %d cells; level is within one standard error of the difference over seeds."
        .formatted(counts.get("ahead"), counts.get("level"), counts.get("behind"), all);
  }

  /** The mechanism beside the best baseline that was run. */
  private record Comparison(Cell ours, Cell best, CellTables.Difference difference) {}

  private List<Comparison> comparisons(Sheet sheet) {
    List<Comparison> comparisons = new ArrayList<>();
    for (double epsilon : epsilons(sheet)) {
      Optional<Cell> ours = cells.find(sheet.label(), Row.AUTOMATIC, epsilon);
      Optional<Cell> best = bestBaseline(sheet, epsilon);
      if (ours.isPresent() && best.isPresent()) {
        comparisons.add(
            new Comparison(
                ours.get(),
                best.get(),
                CellTables.Difference.between(ours.get(), best.get(), sheet.metric())));
      }
    }
    return comparisons;
  }

  private Table comparison(Sheet sheet) {
    List<List<String>> rows = new ArrayList<>();
    for (Comparison comparison : comparisons(sheet)) {
      double epsilon = comparison.ours().label().epsilon();
      long run =
          sheet.names(true).stream()
              .filter(name -> cells.find(sheet.label(), name, epsilon).isPresent())
              .count();
      rows.add(
          List.of(
              CellTables.plain(epsilon),
              "%.4f".formatted(comparison.ours().mean(sheet.metric())),
              comparison.best().label().method(),
              "%.4f".formatted(comparison.best().mean(sheet.metric())),
              comparison.difference().toString(),
              comparison.difference().verdict(),
              run + " of " + sheet.names(true).size()));
    }
    return new Table(
        List.of(
            "ε",
            Row.AUTOMATIC,
            "best baseline",
            contents.measure(),
            "difference",
            "qem is",
            "baselines run"),
        rows);
  }

  private Optional<Cell> bestBaseline(Sheet sheet, double epsilon) {
    return cells.best(sheet.label(), sheet.names(true), epsilon, sheet.metric());
  }

  /** The tables of a sheet that have an entry, by their captions, in their order. */
  private Map<String, Table> results(Sheet sheet) {
    Map<String, Table> results = new LinkedHashMap<>();
    results.put("qem and the best baseline", comparison(sheet));
    for (Map.Entry<String, String> metric : sheet.metrics()) {
      results.put(
          metric.getKey(),
          byEpsilon(sheet, Sheet.UNSPENT, CellTables.meanAndDeviation(metric.getValue())));
    }
    results.put(
        capital(contents.measure())
            + " of qem minus that of the method, paired over seeds, ± standard error",
        byEpsilon(sheet, List.of(), cell -> difference(sheet, cell)));
    results.put(
        "Passes over the private " + contents.records() + ", and seconds",
        byEpsilon(
            sheet,
            List.of(),
            cell -> "%d; %.0f s".formatted(cell.passes(), cell.mean(Bench.CPU_SECONDS))));
    results.put("What it takes to reach the best baseline", reaching(sheet));
    results.values().removeIf(ExperimentReport::isEmpty);
    return results;
  }

  private static boolean isEmpty(Table table) {
    return table.rows().stream()
        .flatMap(row -> row.stream().skip(1))
        .allMatch(CellTables.ABSENT::equals);
  }

  private Table byEpsilon(Sheet sheet, List<String> unspent, CellTables.Entry entry) {
    return cells.byEpsilon(sheet.label(), epsilons(sheet), unspent, sheet.names(), entry);
  }

  private String difference(Sheet sheet, Cell other) {
    if (other.label().method().equals(Row.AUTOMATIC)) {
      return CellTables.ABSENT;
    }
    return cells
        .find(sheet.label(), Row.AUTOMATIC, other.label().epsilon())
        .map(ours -> CellTables.Difference.between(ours, other, sheet.metric()).toString())
        .orElse(CellTables.ABSENT);
  }

  /** The mechanism's run of fewest passes that is as accurate as the best baseline. */
  private Table reaching(Sheet sheet) {
    List<List<String>> rows = new ArrayList<>();
    for (double epsilon : epsilons(sheet)) {
      bestBaseline(sheet, epsilon)
          .ifPresent(
              best -> {
                List<String> row = new ArrayList<>(List.of(CellTables.plain(epsilon)));
                row.addAll(named(sheet, Optional.of(best)));
                row.addAll(
                    named(
                        sheet,
                        sheet.names(false).stream()
                            .flatMap(name -> cells.find(sheet.label(), name, epsilon).stream())
                            .filter(cell -> reaches(sheet, cell, best))
                            .min(Comparator.comparingInt(Cell::passes))));
                rows.add(row);
              });
    }
    return new Table(
        List.of(
            "ε",
            "best baseline",
            contents.measure(),
            "passes",
            "seconds",
            "reached by",
            contents.measure() + " ",
            "passes ",
            "seconds "),
        rows);
  }

  private static boolean reaches(Sheet sheet, Cell cell, Cell best) {
    return !CellTables.Difference.between(cell, best, sheet.metric()).isBehind();
  }

  private static List<String> named(Sheet sheet, Optional<Cell> cell) {
    return cell.map(
            c ->
                List.of(
                    c.label().method(),
                    "%.4f".formatted(c.mean(sheet.metric())),
                    Integer.toString(c.passes()),
                    "%.0f".formatted(c.mean(Bench.CPU_SECONDS))))
        .orElse(Collections.nCopies(4, CellTables.ABSENT));
  }

  private Chart chart(Sheet sheet, String plot) {
    return plot.equals(PASSES) ? passes(sheet) : utility(sheet);
  }

  private Chart utility(Sheet sheet) {
    List<Series> series = new ArrayList<>();
    for (String method : sheet.names()) {
      series.add(cells.series(sheet.label(), method, epsilons(sheet), sheet.metric(), false));
    }
    for (String method : Sheet.UNSPENT) {
      series.add(cells.series(sheet.label(), method, epsilons(sheet), sheet.metric(), true));
    }
    series.removeIf(line -> line.x().length == 0);
    return new Chart(
        sheet.title() + ": " + contents.measure() + " against privacy budget",
        "ε (δ = " + Experiment.DELTA + ")",
        contents.measure(),
        true,
        series);
  }

  /**
   * At the first budget of the filling order that has been run: every whole run spends the budget
   * on its own number of passes.
   */
  private Chart passes(Sheet sheet) {
    double epsilon =
        epsilons(sheet).stream()
            .min(Comparator.comparingDouble(e -> Math.abs(Math.log(e))))
            .orElse(1.0);
    SortedMap<Integer, Double> own = new TreeMap<>();
    for (String method : sheet.names(false)) {
      cells
          .find(sheet.label(), method, epsilon)
          .ifPresent(cell -> own.merge(cell.passes(), cell.mean(sheet.metric()), Math::max));
    }
    List<Series> series = new ArrayList<>();
    series.add(line("qem, mean over seeds", own));
    for (String method : sheet.names(true)) {
      SortedMap<Integer, Double> best = new TreeMap<>();
      cells
          .find(sheet.label(), method, epsilon)
          .ifPresent(
              cell ->
                  cell.trials()
                      .forEach(trial -> best.merge(trial.passes(), trial.score(), Math::max)));
      series.add(line(method + ", best of its grid", best));
    }
    series.removeIf(line -> line.x().length == 0);
    return new Chart(
        "%s: %s against passes, ε = %s"
            .formatted(sheet.title(), contents.measure(), CellTables.plain(epsilon)),
        "passes over the private " + contents.records() + ", each run with the whole budget",
        contents.measure(),
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
    return cells.everything(contents.columns());
  }

  private static String capital(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }
}
