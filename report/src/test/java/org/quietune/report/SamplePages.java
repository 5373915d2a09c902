package org.quietune.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes pages to look at, with invented numbers: {@code SamplePages DIR}. */
final class SamplePages {

  private static final double[] EPSILONS = {0.1, 0.5, 1, 2, 4, 8};

  private SamplePages() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    Files.writeString(folder.resolve("report.html"), FineTuningReportTest.sample(true).html());
    Files.writeString(folder.resolve("seeded.html"), FineTuningReportTest.sample(false).html());
    Files.writeString(folder.resolve("comparison.html"), comparison());
    Files.writeString(folder.resolve("chart.svg"), ChartSvg.render(chart(), 860, 460));
  }

  private static String comparison() {
    return HtmlPage.titled("Private fine-tuning, invented numbers")
        .paragraph("Seven methods at six values of ε, mean ± standard deviation of 20 seeds.")
        .notice("These numbers are invented to look at the page.")
        .keyFigures(Map.of("AUROC at ε = 1", "0.868", "AUROC, not private", "0.879"))
        .heading("Logistic regression")
        .chart(chart())
        .table(
            "AUROC",
            new Table(
                List.of("method", "ε = 0.1", "ε = 1", "ε = 8"),
                List.of(
                    List.of("QEM, rounds", "0.857 ± 0.004", "0.868 ± 0.002", "0.876 ± 0.001"),
                    List.of(
                        "Gradient descent", "0.842 ± 0.011", "0.864 ± 0.003", "0.877 ± 0.001"))))
        .warning("Noise is seeded here.")
        .details("Command", "quietune reproduce icu --data DIR --out DIR")
        .render();
  }

  private static Chart chart() {
    List<Series> series = new ArrayList<>();
    String[] names = {
      "QEM one-shot",
      "QEM in rounds",
      "isotropic one-shot",
      "DP gradient descent, tuned on the test",
      "DP gradient descent, tuned on private records",
      "pretrained only",
      "non-private"
    };
    for (int m = 0; m < names.length; m++) {
      double[] y = new double[EPSILONS.length];
      double[] spread = new double[EPSILONS.length];
      for (int i = 0; i < y.length; i++) {
        y[i] = m == 5 ? 0.851 : m == 6 ? 0.879 : 0.876 - 0.004 * (1 + m % 3) / (EPSILONS[i] + 0.3);
        spread[i] = m >= 5 ? 0 : 0.004 / (1 + EPSILONS[i]);
      }
      series.add(new Series(names[m], EPSILONS, y, spread));
    }
    return new Chart("AUROC against ε", "ε", "AUROC", true, series);
  }
}
