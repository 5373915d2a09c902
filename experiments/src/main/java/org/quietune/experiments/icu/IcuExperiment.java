package org.quietune.experiments.icu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.experiments.Cell;
import org.quietune.experiments.CellStore;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.PureExponentialMechanism;
import org.quietune.tuning.QuadraticExponentialMechanism;

/**
 * In-hospital mortality on PhysioNet 2012: pretrained on general units' stays, fine-tuned on
 * cardiac units' stays under (ε, δ) per stay, and tested on other cardiac stays. Noise is seeded,
 * so the models carry no DP claim; the data is published.
 */
public final class IcuExperiment {
  static final double DELTA = 1e-5;
  static final double[] EPSILONS = {0.1, 0.5, 1, 2, 4, 8};
  static final List<String> ARCHITECTURES = List.of("logistic", "mlp:64");

  static final String PRETRAINED = "pretrained only";
  static final String NON_PRIVATE = "non-private";
  static final String ONE_SHOT = "QEM one-shot";
  static final String ROUNDS = "QEM in rounds";
  static final String ISOTROPIC = "isotropic one-shot, tuned on the test";
  static final String DP_GD = "DP gradient descent, tuned on the test";
  static final String DP_GD_PRIVATE = "DP gradient descent, tuned on the private records";

  /** Spends ε with δ = 0. */
  static final String PURE = "pure exponential mechanism, δ = 0";

  /** The method that a row of the table runs, for a budget. */
  private interface Choice {
    FineTuningMethod method(IcuBench bench, PrivacyBudget budget);
  }

  private static final Map<String, Choice> PRIVATE_METHODS = privateMethods();

  private static Map<String, Choice> privateMethods() {
    Map<String, Choice> methods = new LinkedHashMap<>();
    methods.put(ONE_SHOT, (bench, budget) -> QuadraticExponentialMechanism.ofRounds(1));
    methods.put(ROUNDS, (bench, budget) -> QuadraticExponentialMechanism.automatic());
    methods.put(
        ISOTROPIC,
        (bench, budget) ->
            bench.best(GradientDescentGrid.ONE_ROUND, budget, IcuBench.Criterion.TEST));
    methods.put(
        DP_GD, (bench, budget) -> bench.best(bench.grid(), budget, IcuBench.Criterion.TEST));
    methods.put(
        DP_GD_PRIVATE,
        (bench, budget) -> bench.best(bench.grid(), budget, IcuBench.Criterion.PRIVATE_RECORDS));
    return methods;
  }

  private final Path data;
  private final Path out;
  private final int seeds;

  /**
   * The experiment.
   *
   * @param data folder with the published files
   * @param out folder to write
   * @param seeds noise seeds per cell
   */
  public IcuExperiment(Path data, Path out, int seeds) {
    this.data = data;
    this.out = out;
    this.seeds = seeds;
  }

  /** Runs what is not yet there, then writes tables and plots. */
  public void run(DoubleConsumer progress) throws IOException {
    IcuData icu = IcuData.read(data);
    CellStore store = new CellStore(out.resolve("cells-" + seeds));
    List<Cell> cells = new ArrayList<>();
    int all = ARCHITECTURES.size() * (2 + EPSILONS.length * (PRIVATE_METHODS.size() + 1));
    for (String architecture : ARCHITECTURES) {
      try (IcuBench bench = IcuBench.prepare(icu, Architecture.parse(architecture), seeds)) {
        cells.add(
            store.get(
                architecture + " " + PRETRAINED,
                () -> bench.pretrained(new Cell.Label(architecture, PRETRAINED))));
        cells.add(
            store.get(
                architecture + " " + NON_PRIVATE,
                () -> bench.nonPrivate(new Cell.Label(architecture, NON_PRIVATE))));
        for (double epsilon : EPSILONS) {
          PrivacyBudget budget =
              PrivacyBudget.of(epsilon, DELTA, NeighboringRelation.ADD_OR_REMOVE_ONE);
          for (Map.Entry<String, Choice> row : PRIVATE_METHODS.entrySet()) {
            Cell.Label label = new Cell.Label(architecture, row.getKey(), epsilon);
            cells.add(
                store.get(
                    label.toString(),
                    () -> bench.cell(label, budget, row.getValue().method(bench, budget))));
            progress.accept((double) cells.size() / all);
          }
          cells.add(pure(bench, store, new Cell.Label(architecture, PURE, epsilon)));
          progress.accept((double) cells.size() / all);
        }
      }
    }
    new IcuReport(icu, seeds, cells).write(out);
  }

  private static Cell pure(IcuBench bench, CellStore store, Cell.Label label) throws IOException {
    PrivacyBudget budget =
        PrivacyBudget.of(label.epsilon(), 0, NeighboringRelation.ADD_OR_REMOVE_ONE);
    return store.get(
        label.toString(), () -> bench.cell(label, budget, new PureExponentialMechanism()));
  }
}
