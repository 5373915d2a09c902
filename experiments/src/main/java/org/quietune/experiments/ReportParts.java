package org.quietune.experiments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.quietune.release.DurableFile;
import org.quietune.report.Chart;
import org.quietune.report.ChartSvg;
import org.quietune.report.Table;
import org.quietune.tuning.Baseline;
import org.quietune.tuning.TuningGrid;

/** What the reports of all experiments have in common. */
public final class ReportParts {
  private static final int CHART_WIDTH = 860;
  private static final int CHART_HEIGHT = 460;

  private ReportParts() {}

  /** Writes a text file, whole or not at all. */
  public static void write(Path file, String text) throws IOException {
    DurableFile.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes a chart as SVG. */
  public static void write(Path file, Chart chart) throws IOException {
    write(file, ChartSvg.render(chart, CHART_WIDTH, CHART_HEIGHT));
  }

  /** One sentence about the machine that runs this. */
  public static String machine() {
    return "Machine: "
        + Runtime.getRuntime().availableProcessors()
        + " cores, "
        + System.getProperty("os.arch")
        + ", Java "
        + Runtime.version().feature()
        + ".";
  }

  /** The grids that baselines are the best of. */
  public static Table grids(Collection<Baseline> baselines, Function<Baseline, TuningGrid> gridOf) {
    List<List<String>> rows = new ArrayList<>();
    for (Baseline baseline : baselines) {
      TuningGrid grid = gridOf.apply(baseline);
      rows.add(
          List.of(
              baseline.flag(),
              sizes(grid),
              grid.description() + (grid.beyond().isEmpty() ? "" : "; " + grid.beyond())));
    }
    return new Table(List.of("method", "settings", "grid"), rows);
  }

  /** The number of members tried first, and of those that may follow. */
  private static String sizes(TuningGrid grid) {
    return Stream.concat(
            Stream.of(grid.methods()), grid.extensions().stream().map(e -> e.methods()))
        .map(members -> Integer.toString(members.size()))
        .collect(Collectors.joining(" + "));
  }
}
