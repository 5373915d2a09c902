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
import org.quietune.tuning.Baseline;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.PureExponentialMechanism;
import org.quietune.tuning.QuadraticExponentialMechanism;

/**
 * In-hospital mortality on PhysioNet 2012: the mechanism against every baseline, each tuned per
 * cell over its stated grid.
 */
public final class IcuExperiment {
  static final double DELTA = 1e-5;
  static final double[] EPSILONS = {0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8};

  static final String PRETRAINED = "pretrained only";
  static final String NON_PRIVATE = "non-private";
  static final String ONE_SHOT = "QEM one-shot";
  static final String ROUNDS = "QEM in rounds";

  /** Spends ε with δ = 0. */
  static final String PURE = "pure exponential mechanism";

  /** Every stay. */
  private static final int ALL = Integer.MAX_VALUE;

  /** The tables, in the order in which they are filled. */
  static final List<Group> GROUPS =
      List.of(
          new Group("logistic", ALL),
          new Group("logistic", 1000),
          new Group("logistic", 300),
          new Group("mlp:64", ALL));

  /**
   * One table: a model and a number of private stays.
   *
   * @param units at most so many
   */
  record Group(String architecture, int units) {

    String label() {
      return units == ALL ? architecture : architecture + " n=" + units;
    }

    String title() {
      String model = architecture.equals("logistic") ? "Logistic regression" : "Network 262-64-1";
      return model + (units == ALL ? ", all private stays" : ", " + units + " private stays");
    }

    /** The head of logistic regression is the whole model, and its weight has one row. */
    List<Baseline> baselines() {
      List<Baseline> same = List.of(Baseline.HEAD_ONLY, Baseline.LORA_XS);
      return List.of(Baseline.values()).stream()
          .filter(baseline -> !architecture.equals("logistic") || !same.contains(baseline))
          .toList();
    }

    List<String> privateMethods() {
      List<String> names = new ArrayList<>(List.of(ONE_SHOT, ROUNDS));
      baselines().forEach(baseline -> names.add(baseline.flag()));
      return names;
    }
  }

  /** The method that a row of the table runs, for a budget. */
  private interface Choice {
    FineTuningMethod method(IcuBench bench, PrivacyBudget budget);
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

  /**
   * Runs what is not yet there. Tables and plots are written after every ε, with what is done so
   * far, so that a stopped run leaves them too.
   */
  public void run(DoubleConsumer progress) throws IOException {
    run(GROUPS, EPSILONS, progress);
  }

  void run(List<Group> groups, double[] epsilons, DoubleConsumer progress) throws IOException {
    CellStore store = new CellStore(out.resolve("cells-" + seeds));
    IcuReport report = new IcuReport(IcuData.read(data, ALL), seeds);
    int all = groups.size() * epsilons.length;
    int done = 0;
    for (Group group : groups) {
      IcuData icu = IcuData.read(data, group.units());
      try (IcuBench bench =
          IcuBench.prepare(icu, Architecture.parse(group.architecture()), seeds)) {
        for (String row : List.of(PRETRAINED, NON_PRIVATE)) {
          Cell.Label label = new Cell.Label(group.label(), row);
          report.add(
              store.get(
                  label.toString(),
                  () ->
                      row.equals(PRETRAINED) ? bench.pretrained(label) : bench.nonPrivate(label)));
        }
        for (double epsilon : epsilons) {
          PrivacyBudget budget =
              PrivacyBudget.of(epsilon, DELTA, NeighboringRelation.ADD_OR_REMOVE_ONE);
          for (Map.Entry<String, Choice> row : choices(group).entrySet()) {
            Cell.Label label = new Cell.Label(group.label(), row.getKey(), epsilon);
            report.add(
                store.get(
                    label.toString(),
                    () -> bench.cell(label, budget, row.getValue().method(bench, budget))));
          }
          report.add(pure(bench, store, new Cell.Label(group.label(), PURE, epsilon)));
          done++;
          progress.accept((double) done / all);
          report.write(out);
        }
      }
    }
  }

  private static Cell pure(IcuBench bench, CellStore store, Cell.Label label) throws IOException {
    PrivacyBudget budget =
        PrivacyBudget.of(label.epsilon(), 0, NeighboringRelation.ADD_OR_REMOVE_ONE);
    return store.get(
        label.toString(), () -> bench.cell(label, budget, new PureExponentialMechanism()));
  }

  private static Map<String, Choice> choices(Group group) {
    Map<String, Choice> choices = new LinkedHashMap<>();
    choices.put(ONE_SHOT, (bench, budget) -> QuadraticExponentialMechanism.ofRounds(1));
    choices.put(ROUNDS, (bench, budget) -> QuadraticExponentialMechanism.automatic());
    for (Baseline baseline : group.baselines()) {
      choices.put(baseline.flag(), (bench, budget) -> bench.best(baseline.grid(), budget));
    }
    return choices;
  }
}
