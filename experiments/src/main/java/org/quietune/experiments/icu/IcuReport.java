package org.quietune.experiments.icu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.quietune.experiments.Cell;
import org.quietune.release.DurableFile;
import org.quietune.report.Chart;
import org.quietune.report.ChartSvg;
import org.quietune.report.CsvText;
import org.quietune.report.HtmlPage;
import org.quietune.report.Markdown;
import org.quietune.report.Series;
import org.quietune.report.Table;

/** Tables and plots of the ICU experiment, as CSV, HTML, Markdown and SVG. */
final class IcuReport {
  private static final String TITLE = "Private fine-tuning on intensive care records";
  private static final String COMMAND =
      "./quietune reproduce icu --data $QUIETUNE_DATA/physionet2012 --out DIR";
  private static final int CHART_WIDTH = 860;
  private static final int CHART_HEIGHT = 460;

  private static final List<String> PRIVATE_METHODS =
      List.of(
          IcuExperiment.ONE_SHOT,
          IcuExperiment.ROUNDS,
          IcuExperiment.ISOTROPIC,
          IcuExperiment.DP_GD,
          IcuExperiment.DP_GD_PRIVATE);

  /** The pure mechanism beside those whose guarantee at the same ε also has a δ. */
  private static final List<String> PURE_AND_OTHERS =
      List.of(IcuExperiment.PURE, IcuExperiment.ONE_SHOT, IcuExperiment.ROUNDS);

  private static final String PURE_TITLE = "Pure DP";
  private static final String ABOUT_PURE =
      "The exponential mechanism on a ball has δ = 0: at equal ε its guarantee is the stronger one."
          + " It makes one release, and trains the leading directions of the public curvature. The"
          + " other private rows have δ = "
          + IcuExperiment.DELTA
          + ".";

  private final IcuData data;
  private final int seeds;
  private final List<Cell> cells;

  IcuReport(IcuData data, int seeds, List<Cell> cells) {
    this.data = data;
    this.seeds = seeds;
    this.cells = cells;
  }

  void write(Path out) throws IOException {
    write(out.resolve("icu.csv"), CsvText.of(everything()));
    write(out.resolve("icu.md"), markdown());
    write(out.resolve("icu.html"), html());
    for (String model : IcuExperiment.ARCHITECTURES) {
      write(
          out.resolve("icu-" + fileName(model) + "-auroc.svg"),
          ChartSvg.render(auroc(model), CHART_WIDTH, CHART_HEIGHT));
      write(
          out.resolve("icu-" + fileName(model) + "-auprc.svg"),
          ChartSvg.render(auprc(model), CHART_WIDTH, CHART_HEIGHT));
    }
  }

  private static void write(Path file, String text) throws IOException {
    DurableFile.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private static String fileName(String model) {
    return model.replaceAll("[^a-z0-9]", "");
  }

  private String markdown() {
    StringBuilder text = new StringBuilder("# " + TITLE + "\n\nMade by\n\n    " + COMMAND + "\n\n");
    for (String paragraph : introduction()) {
      text.append(paragraph).append("\n\n");
    }
    for (String model : IcuExperiment.ARCHITECTURES) {
      text.append("## ").append(title(model)).append("\n\n");
      text.append(comparison(model)).append("\n\nAUROC\n\n");
      text.append(Markdown.table(byEpsilon(model, PRIVATE_METHODS, Cell::auroc)))
          .append("\nAUPRC\n\n");
      text.append(Markdown.table(byEpsilon(model, PRIVATE_METHODS, Cell::auprc))).append('\n');
      text.append("![AUROC against epsilon](icu-")
          .append(fileName(model))
          .append("-auroc.svg)\n\n");
      text.append("Passes over the private records, and seconds for all seeds without tuning\n\n");
      text.append(Markdown.table(cost(model))).append('\n');
      text.append("### ").append(PURE_TITLE).append("\n\n").append(ABOUT_PURE);
      text.append("\n\nAUROC\n\n");
      text.append(Markdown.table(byEpsilon(model, PURE_AND_OTHERS, Cell::auroc)));
      text.append("\nAUPRC\n\n");
      text.append(Markdown.table(byEpsilon(model, PURE_AND_OTHERS, Cell::auprc))).append('\n');
    }
    return text.toString();
  }

  private String html() {
    HtmlPage page = HtmlPage.titled(TITLE).preformatted(COMMAND);
    introduction().forEach(page::paragraph);
    for (String model : IcuExperiment.ARCHITECTURES) {
      page.heading(title(model))
          .paragraph(comparison(model))
          .chart(auroc(model))
          .table("AUROC", byEpsilon(model, PRIVATE_METHODS, Cell::auroc))
          .chart(auprc(model))
          .table("AUPRC", byEpsilon(model, PRIVATE_METHODS, Cell::auprc))
          .table(
              "Passes over the private records, and seconds for all seeds without tuning",
              cost(model))
          .heading(title(model) + ": " + PURE_TITLE)
          .paragraph(ABOUT_PURE)
          .table("AUROC", byEpsilon(model, PURE_AND_OTHERS, Cell::auroc))
          .table("AUPRC", byEpsilon(model, PURE_AND_OTHERS, Cell::auprc));
    }
    return page.heading("Every cell").table("All cells, with settings", everything()).render();
  }

  private List<String> introduction() {
    return List.of(
        "In-hospital mortality on the PhysioNet 2012 challenge data. Public: "
            + data.publicTable().size()
            + " stays of medical and surgical units. Private: "
            + data.privateCount()
            + " stays of coronary and cardiac surgery units; a stay is the privacy unit. Test: "
            + data.test().size()
            + " other stays of those units. δ = "
            + IcuExperiment.DELTA
            + ", add or remove one stay. Mean ± standard deviation over "
            + seeds
            + " noise seeds; the sampling error of the test set itself is larger (about .01), so"
            + " compare methods with each other, not with other papers.",
        "Noise is seeded here so that the table can be made again: these models carry no DP claim.",
        "Gradient descent is tuned per ε over "
            + GradientDescentGrid.ROUNDS.describe()
            + " for logistic regression, and "
            + GradientDescentGrid.NETWORK_ROUNDS.describe()
            + " for the network; the isotropic mechanism over "
            + GradientDescentGrid.ONE_ROUND.describe()
            + ". Rows marked as tuned on the test take the setting with the best mean AUROC on the"
            + " very records that the table reports, which no user can do; the row tuned on the"
            + " private records pays nothing for it. QEM takes every choice from public data by a"
            + " rule that is the same for both models and every ε. The rule's constants were settled"
            + " on this data set, so they too have seen these test records; so were those of the"
            + " pure mechanism.",
        "Machine: "
            + Runtime.getRuntime().availableProcessors()
            + " cores, "
            + System.getProperty("os.arch")
            + ", Java "
            + Runtime.version().feature()
            + ".");
  }

  /** Passes and seconds, methods down, ε across. */
  private Table cost(String model) {
    List<List<String>> rows = new ArrayList<>();
    for (String method : PRIVATE_METHODS) {
      List<String> row = new ArrayList<>(List.of(method));
      for (double epsilon : IcuExperiment.EPSILONS) {
        Cell cell = cell(model, method, epsilon);
        row.add("%d; %.0f s".formatted(cell.passes(), cell.seconds()));
      }
      rows.add(row);
    }
    return new Table(header(), rows);
  }

  private static String title(String model) {
    return model.equals("logistic") ? "Logistic regression" : "Network 262-64-1";
  }

  private static List<String> header() {
    List<String> header = new ArrayList<>(List.of("method"));
    for (double epsilon : IcuExperiment.EPSILONS) {
      header.add("ε = " + plain(epsilon));
    }
    return header;
  }

  /** Methods down, ε across. */
  private Table byEpsilon(
      String model, List<String> privateMethods, Function<Cell, List<Double>> metric) {
    List<List<String>> rows = new ArrayList<>();
    for (String method : List.of(IcuExperiment.PRETRAINED, IcuExperiment.NON_PRIVATE)) {
      List<String> row = new ArrayList<>(List.of(method));
      String value = meanAndDeviation(metric.apply(cell(model, method, 0)));
      for (int i = 0; i < IcuExperiment.EPSILONS.length; i++) {
        row.add(value);
      }
      rows.add(row);
    }
    for (String method : privateMethods) {
      List<String> row = new ArrayList<>(List.of(method));
      for (double epsilon : IcuExperiment.EPSILONS) {
        row.add(meanAndDeviation(metric.apply(cell(model, method, epsilon))));
      }
      rows.add(row);
    }
    return new Table(header(), rows);
  }

  private Table everything() {
    List<List<String>> rows = new ArrayList<>();
    for (Cell cell : cells) {
      rows.add(
          List.of(
              cell.label().model(),
              cell.label().method(),
              cell.label().epsilon() == 0 ? "" : plain(cell.label().epsilon()),
              "%.5f".formatted(Cell.mean(cell.auroc())),
              "%.5f".formatted(Cell.deviation(cell.auroc())),
              "%.5f".formatted(Cell.mean(cell.auprc())),
              "%.5f".formatted(Cell.deviation(cell.auprc())),
              Integer.toString(cell.auroc().size()),
              Integer.toString(cell.passes()),
              cell.settings(),
              "%.1f".formatted(cell.seconds())));
    }
    return new Table(
        List.of(
            "model",
            "method",
            "epsilon",
            "aurocMean",
            "aurocSd",
            "auprcMean",
            "auprcSd",
            "seeds",
            "passes",
            "settings",
            "seconds"),
        rows);
  }

  /** Says where QEM falls short of the best tuned gradient descent, paired over seeds. */
  private String comparison(String model) {
    List<String> behind = new ArrayList<>();
    for (double epsilon : IcuExperiment.EPSILONS) {
      List<Double> ours = cell(model, IcuExperiment.ROUNDS, epsilon).auroc();
      List<Double> theirs = cell(model, IcuExperiment.DP_GD, epsilon).auroc();
      List<Double> difference = new ArrayList<>();
      for (int i = 0; i < ours.size(); i++) {
        difference.add(ours.get(i) - theirs.get(i));
      }
      double mean = Cell.mean(difference);
      double error = Cell.deviation(difference) / Math.sqrt(difference.size());
      if (mean < -error) {
        behind.add("ε = %s (%.4f ± %.4f)".formatted(plain(epsilon), mean, error));
      }
    }
    return behind.isEmpty()
        ? "QEM in rounds is at or above gradient descent tuned on the test at every ε (difference"
            + " over seeds, within one standard error)."
        : "QEM in rounds falls short of gradient descent tuned on the test at "
            + String.join(", ", behind)
            + " (mean difference over seeds ± standard error); elsewhere it is at or above it.";
  }

  private Chart auroc(String model) {
    return chart(model, "AUROC", Cell::auroc);
  }

  private Chart auprc(String model) {
    return chart(model, "AUPRC", Cell::auprc);
  }

  private Chart chart(String model, String metric, Function<Cell, List<Double>> values) {
    List<Series> series = new ArrayList<>();
    for (String method : PRIVATE_METHODS) {
      series.add(series(model, method, values, false));
    }
    series.add(series(model, IcuExperiment.PRETRAINED, values, true));
    series.add(series(model, IcuExperiment.NON_PRIVATE, values, true));
    return new Chart(
        title(model) + ": " + metric + " against privacy budget",
        "ε (δ = " + IcuExperiment.DELTA + ")",
        metric,
        true,
        series);
  }

  private Series series(
      String model, String method, Function<Cell, List<Double>> values, boolean constant) {
    double[] epsilons = IcuExperiment.EPSILONS.clone();
    double[] means = new double[epsilons.length];
    double[] deviations = new double[epsilons.length];
    for (int i = 0; i < epsilons.length; i++) {
      List<Double> seeds = values.apply(cell(model, method, constant ? 0 : epsilons[i]));
      means[i] = Cell.mean(seeds);
      deviations[i] = Cell.deviation(seeds);
    }
    return new Series(method, epsilons, means, deviations);
  }

  private Cell cell(String model, String method, double epsilon) {
    Cell.Label label = new Cell.Label(model, method, epsilon);
    return cells.stream().filter(c -> c.label().equals(label)).findFirst().orElseThrow();
  }

  private static String meanAndDeviation(List<Double> values) {
    return values.size() < 2
        ? "%.4f".formatted(Cell.mean(values))
        : "%.4f ± %.4f".formatted(Cell.mean(values), Cell.deviation(values));
  }

  private static String plain(double epsilon) {
    return epsilon == Math.rint(epsilon)
        ? Long.toString(Math.round(epsilon))
        : Double.toString(epsilon);
  }
}
