package org.quietune.experiments.mnist;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.quietune.experiments.Bench;
import org.quietune.experiments.Cell;
import org.quietune.tuning.Baseline;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.QuadraticExponentialMechanism;

/**
 * A private method of the tables.
 *
 * @param name in tables and on the command line
 * @param isBaseline whether it is one that the mechanism is measured against
 * @param isTelling whether its cells are run first
 */
record Row(String name, boolean isBaseline, boolean isTelling, Runner runner) {
  static final String AUTOMATIC = "qem";
  private static final String ONE_SHOT = "qem-one-shot";

  /** Between one-shot and automatic, which takes ten rounds: for accuracy against passes. */
  private static final int FEW_ROUNDS = 3;

  private static final List<Baseline> STRONGEST =
      List.of(
          Baseline.DP_GD,
          Baseline.DP_GD_AUGMENTED,
          Baseline.DP_ADAM,
          Baseline.DP_SGD,
          Baseline.DP_KFC,
          Baseline.HEAD_ONLY);

  /** Runs a cell. */
  @FunctionalInterface
  interface Runner {
    Cell cell(Bench bench, Cell.Label label, PrivacyBudget budget);
  }

  /** All of them, in the order of the tables. */
  static List<Row> all() {
    List<Row> rows = new ArrayList<>();
    rows.add(
        new Row(
            AUTOMATIC,
            false,
            true,
            (bench, label, budget) ->
                bench.cell(label, budget, QuadraticExponentialMechanism.automatic())));
    rows.add(ofRounds(ONE_SHOT, true, 1));
    rows.add(ofRounds("qem-" + FEW_ROUNDS, false, FEW_ROUNDS));
    for (Baseline baseline : baselines()) {
      rows.add(
          new Row(
              baseline.flag(),
              true,
              STRONGEST.contains(baseline),
              (bench, label, budget) -> bench.cell(label, budget, baseline.imageGrid())));
    }
    return rows;
  }

  private static Row ofRounds(String name, boolean isTelling, int rounds) {
    return new Row(
        name,
        false,
        isTelling,
        (bench, label, budget) ->
            bench.cell(label, budget, QuadraticExponentialMechanism.ofRounds(rounds)));
  }

  /** Those that fit ten classes, the strongest first: AdaSSP takes one logit. */
  static List<Baseline> baselines() {
    return Stream.concat(
            STRONGEST.stream(),
            Arrays.stream(Baseline.values())
                .filter(baseline -> !STRONGEST.contains(baseline))
                .filter(baseline -> baseline != Baseline.ADA_SSP))
        .toList();
  }

  static List<String> baselineNames() {
    return baselines().stream().map(Baseline::flag).toList();
  }

  /** The mechanism's rows. */
  static List<String> ownNames() {
    return all().stream().filter(row -> !row.isBaseline()).map(Row::name).toList();
  }

  static List<String> names() {
    return all().stream().map(Row::name).toList();
  }
}
