package org.quietune.experiments.icu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.stream.Collectors;
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

  private static final double[] FILLING_ORDER = {1, 0.1, 8, 0.25, 4, 0.05, 2, 0.5};

  static final String PRETRAINED = "pretrained only";
  static final String NON_PRIVATE = "non-private";
  static final String ONE_SHOT = "QEM one-shot";
  static final String ROUNDS = "QEM in rounds";

  /** Spends ε with δ = 0. */
  static final String PURE = "pure exponential mechanism";

  /** Every stay. */
  private static final int ALL = Integer.MAX_VALUE;

  /** The tables. */
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

  /** What a row of the table runs. */
  private interface Row {
    Cell cell(IcuBench bench, Cell.Label label, PrivacyBudget budget);
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
   * Runs what is not yet there: for each architecture all its tables at one ε after the other, wide
   * apart ones first. Tables and plots are written after every ε, with what is done so far, so that
   * a stopped run leaves them too.
   */
  public void run(DoubleConsumer progress) throws IOException {
    run(GROUPS, FILLING_ORDER, progress);
  }

  void run(List<Group> groups, double[] epsilons, DoubleConsumer progress) throws IOException {
    CellStore store = new CellStore(out.resolve("cells-" + seeds));
    IcuReport report = new IcuReport(IcuData.read(data, ALL), seeds);
    int done = 0;
    for (List<Group> tables : byArchitecture(groups)) {
      List<IcuBench> benches = new ArrayList<>();
      try {
        for (Group group : tables) {
          IcuBench bench =
              IcuBench.prepare(
                  IcuData.read(data, group.units()),
                  Architecture.parse(group.architecture()),
                  seeds);
          benches.add(bench);
          Cell.Label pretrained = new Cell.Label(group.label(), PRETRAINED);
          report.add(store.get(pretrained.toString(), () -> bench.pretrained(pretrained)));
          Cell.Label pooled = new Cell.Label(group.label(), NON_PRIVATE);
          report.add(store.get(pooled.toString(), () -> bench.nonPrivate(pooled)));
        }
        for (double epsilon : epsilons) {
          PrivacyBudget budget =
              PrivacyBudget.of(epsilon, DELTA, NeighboringRelation.ADD_OR_REMOVE_ONE);
          for (int i = 0; i < tables.size(); i++) {
            IcuBench bench = benches.get(i);
            for (Map.Entry<String, Row> row : rows(tables.get(i)).entrySet()) {
              Cell.Label label = new Cell.Label(tables.get(i).label(), row.getKey(), epsilon);
              report.add(
                  store.get(label.toString(), () -> row.getValue().cell(bench, label, budget)));
            }
            report.add(pure(bench, store, new Cell.Label(tables.get(i).label(), PURE, epsilon)));
            done++;
            progress.accept((double) done / (groups.size() * epsilons.length));
          }
          report.write(out);
        }
      } finally {
        benches.forEach(IcuBench::close);
      }
    }
  }

  private static Cell pure(IcuBench bench, CellStore store, Cell.Label label) throws IOException {
    PrivacyBudget budget =
        PrivacyBudget.of(label.epsilon(), 0, NeighboringRelation.ADD_OR_REMOVE_ONE);
    return store.get(
        label.toString(), () -> bench.cell(label, budget, new PureExponentialMechanism()));
  }

  private static List<List<Group>> byArchitecture(List<Group> groups) {
    return List.copyOf(
        groups.stream()
            .collect(
                Collectors.groupingBy(Group::architecture, LinkedHashMap::new, Collectors.toList()))
            .values());
  }

  private static Map<String, Row> rows(Group group) {
    Map<String, Row> rows = new LinkedHashMap<>();
    rows.put(ONE_SHOT, (bench, label, budget) -> bench.cell(label, budget, oneShot()));
    rows.put(ROUNDS, (bench, label, budget) -> bench.cell(label, budget, automatic()));
    for (Baseline baseline : group.baselines()) {
      rows.put(
          baseline.flag(), (bench, label, budget) -> bench.cell(label, budget, baseline.grid()));
    }
    return rows;
  }

  private static FineTuningMethod oneShot() {
    return QuadraticExponentialMechanism.ofRounds(1);
  }

  private static FineTuningMethod automatic() {
    return QuadraticExponentialMechanism.automatic();
  }
}
