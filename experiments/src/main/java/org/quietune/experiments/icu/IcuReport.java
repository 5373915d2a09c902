package org.quietune.experiments.icu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

/** Tables and plots of the ICU experiment, as CSV, HTML, Markdown and SVG. */
final class IcuReport {
  private static final String TITLE = "Private fine-tuning on intensive care records";
  private static final String COMMAND =
      "./quietune reproduce icu --data $QUIETUNE_DATA/physionet2012 --out DIR";
  private static final String COST =
      "Passes over the private records, and seconds for all seeds without tuning";

  /** The pure mechanism beside those whose guarantee at the same ε also has a δ. */
  private static final List<String> PURE_AND_OTHERS =
      List.of(IcuExperiment.PURE, IcuExperiment.ONE_SHOT, IcuExperiment.ROUNDS);

  private static final String PURE_TITLE = "Pure DP";
  private static final String ABOUT_PURE =
      "The pure exponential mechanism (theory §2.4) has δ = 0: at equal ε its guarantee is the stronger"
          + " one. It makes one release and trains the leading directions of the public curvature. QEM"
          + " has δ = "
          + IcuExperiment.DELTA
          + ".";

  private final IcuData data;
  private final int seeds;
  private final CellTables cells = new CellTables();

  IcuReport(IcuData data, int seeds) {
    this.data = data;
    this.seeds = seeds;
  }

  void add(Cell cell) {
    cells.add(cell);
  }

  void write(Path out) throws IOException {
    ReportParts.write(out.resolve("icu.csv"), CsvText.of(everything()));
    ReportParts.write(out.resolve("icu.md"), markdown());
    ReportParts.write(out.resolve("icu.html"), html());
    for (IcuExperiment.Group group : groups()) {
      ReportParts.write(out.resolve("icu-" + fileName(group) + "-auroc.svg"), auroc(group));
    }
  }

  /** Those with a private cell. */
  private List<IcuExperiment.Group> groups() {
    return IcuExperiment.GROUPS.stream().filter(group -> !epsilons(group).isEmpty()).toList();
  }

  /** The budgets at which every method of the group is done. */
  private List<Double> epsilons(IcuExperiment.Group group) {
    return Arrays.stream(IcuExperiment.EPSILONS)
        .filter(
            epsilon ->
                group.privateMethods().stream().allMatch(method -> isDone(group, method, epsilon))
                    && isDone(group, IcuExperiment.PURE, epsilon))
        .boxed()
        .toList();
  }

  private boolean isDone(IcuExperiment.Group group, String method, double epsilon) {
    return cells.find(group.label(), method, epsilon).isPresent();
  }

  private static String fileName(IcuExperiment.Group group) {
    return group.label().replaceAll("[^a-z0-9]", "");
  }

  private String markdown() {
    StringBuilder text = new StringBuilder("# " + TITLE + "\n\nMade by\n\n    " + COMMAND + "\n\n");
    for (String paragraph : introduction()) {
      text.append(paragraph).append("\n\n");
    }
    for (IcuExperiment.Group group : groups()) {
      text.append("## ").append(group.title()).append("\n\n");
      text.append(comparison(group)).append("\n\nAUROC\n\n");
      text.append(Markdown.table(byEpsilon(group, group.privateMethods(), IcuBench.AUROC)))
          .append("\nAUPRC\n\n");
      text.append(Markdown.table(byEpsilon(group, group.privateMethods(), IcuBench.AUPRC)))
          .append('\n');
      text.append("![AUROC against epsilon](icu-")
          .append(fileName(group))
          .append("-auroc.svg)\n\n");
      text.append(COST).append("\n\n");
      text.append(Markdown.table(cost(group))).append('\n');
      text.append("### ").append(PURE_TITLE).append("\n\n").append(ABOUT_PURE);
      text.append("\n\nAUROC\n\n");
      text.append(Markdown.table(byEpsilon(group, PURE_AND_OTHERS, IcuBench.AUROC)));
      text.append("\nAUPRC\n\n");
      text.append(Markdown.table(byEpsilon(group, PURE_AND_OTHERS, IcuBench.AUPRC))).append('\n');
    }
    text.append("## Grids\n\n")
        .append(Markdown.table(ReportParts.grids(List.of(Baseline.values()), Baseline::grid)));
    return text.toString();
  }

  private String html() {
    HtmlPage page = HtmlPage.titled(TITLE).preformatted(COMMAND);
    introduction().forEach(page::paragraph);
    for (IcuExperiment.Group group : groups()) {
      page.heading(group.title())
          .paragraph(comparison(group))
          .chart(auroc(group))
          .table("AUROC", byEpsilon(group, group.privateMethods(), IcuBench.AUROC))
          .table("AUPRC", byEpsilon(group, group.privateMethods(), IcuBench.AUPRC))
          .table(COST, cost(group))
          .heading(group.title() + ": " + PURE_TITLE)
          .paragraph(ABOUT_PURE)
          .table("AUROC", byEpsilon(group, PURE_AND_OTHERS, IcuBench.AUROC))
          .table("AUPRC", byEpsilon(group, PURE_AND_OTHERS, IcuBench.AUPRC));
    }
    return page.heading("Grids")
        .table(
            "What each baseline is the best of",
            ReportParts.grids(List.of(Baseline.values()), Baseline::grid))
        .heading("Every cell")
        .table("All cells, with settings", everything())
        .render();
  }

  private List<String> introduction() {
    return List.of(
        "In-hospital mortality on the PhysioNet 2012 challenge data. Public: "
            + data.publicTable().size()
            + " stays of medical and surgical units. Private: "
            + data.privateCount()
            + " stays of coronary and cardiac surgery units, or some of them evenly spaced in the"
            + " file; a stay is the privacy unit. Test: "
            + data.test().size()
            + " other stays of those units. δ = "
            + IcuExperiment.DELTA
            + ", add or remove one stay. Mean ± standard deviation over "
            + seeds
            + " noise seeds; the sampling error of the test set itself is larger (about .01), so"
            + " compare methods with each other, not with other papers.",
        "Noise is seeded here so that the table can be made again: these models carry no DP claim.",
        "Every baseline is the best of its grid, per cell, by the mean AUROC on the very records that"
            + " the table reports: a favour that no user has, and for which no budget is charged. All"
            + " members are screened on one noise seed, the best five compared on five others. QEM"
            + " takes every choice from public data by a rule that is the same for every model, n and"
            + " ε; the rule's constants, and the pure mechanism's, were settled on this data set, so they"
            + " too have seen these test records. On logistic regression head-only and lora-xs are dp-gd.",
        ReportParts.machine());
  }

  /** Passes and seconds, methods down, ε across. */
  private Table cost(IcuExperiment.Group group) {
    return cells.byEpsilon(
        group.label(),
        epsilons(group),
        List.of(),
        group.privateMethods(),
        cell -> "%d; %.0f s".formatted(cell.passes(), cell.seconds()));
  }

  private Table byEpsilon(IcuExperiment.Group group, List<String> methods, String metric) {
    return cells.byEpsilon(
        group.label(),
        epsilons(group),
        List.of(IcuExperiment.PRETRAINED, IcuExperiment.NON_PRIVATE),
        methods,
        CellTables.meanAndDeviation(metric));
  }

  private Table everything() {
    return cells.everything(List.of(IcuBench.AUROC, IcuBench.AUPRC));
  }

  /** Says where QEM falls short of the best tuned baseline, paired over seeds. */
  private String comparison(IcuExperiment.Group group) {
    List<String> behind = new ArrayList<>();
    List<String> baselines = group.baselines().stream().map(Baseline::flag).toList();
    for (double epsilon : epsilons(group)) {
      Cell best = cells.best(group.label(), baselines, epsilon, IcuBench.AUROC).orElseThrow();
      CellTables.Difference difference =
          CellTables.Difference.between(
              cells.get(group.label(), IcuExperiment.ROUNDS, epsilon), best, IcuBench.AUROC);
      if (difference.isBehind()) {
        behind.add(
            "ε = %s (%s, %s)"
                .formatted(CellTables.plain(epsilon), best.label().method(), difference));
      }
    }
    return behind.isEmpty()
        ? "QEM in rounds is at or above the best tuned baseline at every ε (difference over seeds,"
            + " within one standard error)."
        : "QEM in rounds falls short of the best tuned baseline at "
            + String.join(", ", behind)
            + " (which baseline, mean difference over seeds ± standard error); at any other ε it is"
            + " at or above all of them.";
  }

  private Chart auroc(IcuExperiment.Group group) {
    List<Series> series = new ArrayList<>();
    for (String method : group.privateMethods()) {
      series.add(series(group, method, false));
    }
    series.add(series(group, IcuExperiment.PRETRAINED, true));
    series.add(series(group, IcuExperiment.NON_PRIVATE, true));
    return new Chart(
        group.title() + ": AUROC against privacy budget",
        "ε (δ = " + IcuExperiment.DELTA + ")",
        "AUROC",
        true,
        series);
  }

  private Series series(IcuExperiment.Group group, String method, boolean unspent) {
    return cells.series(group.label(), method, epsilons(group), IcuBench.AUROC, unspent);
  }
}
