package org.quietune.experiments.icu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.experiments.Cell;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.DpDescent;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.Preconditioning;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.PureExponentialMechanism;
import org.quietune.tuning.QuadraticExponentialMechanism;
import org.quietune.tuning.TrainedPart;
import org.quietune.tuning.TuningGrid;
import org.quietune.tuning.UpdateRule;

/** On the real records: needs {@code QUIETUNE_DATA}. */
@EnabledIfEnvironmentVariable(named = "QUIETUNE_DATA", matches = ".+")
class IcuBenchTest {
  private static final Path DATA =
      Path.of(System.getenv().getOrDefault("QUIETUNE_DATA", "."), "physionet2012");
  private static final PrivacyBudget BUDGET =
      PrivacyBudget.of(4, IcuExperiment.DELTA, NeighboringRelation.ADD_OR_REMOVE_ONE);

  @Test
  void splitsByUnitTypeAndSet() {
    // Types 1 to 4: set a 577, 874, 1481, 1068; set b 590, 782, 1436, 1192.
    IcuData data = IcuData.read(DATA, Integer.MAX_VALUE);
    assertEquals(1481 + 1068 + 1436 + 1192, data.publicTable().size());
    assertEquals(577 + 874, data.privateCount());
    assertEquals(590 + 782, data.test().size());
  }

  @Test
  void fineTuningHelpsAndIsRepeatable() {
    try (IcuBench bench =
        IcuBench.prepare(IcuData.read(DATA, Integer.MAX_VALUE), Architecture.logistic(), 2)) {
      Cell.Label label = new Cell.Label("logistic", "m", 4);
      double before = Cell.mean(bench.pretrained(label).values(IcuBench.AUROC));
      double pooled = Cell.mean(bench.nonPrivate(label).values(IcuBench.AUROC));
      Cell tuned = bench.cell(label, BUDGET, QuadraticExponentialMechanism.ofRounds(3));
      assertEquals(3, tuned.passes());
      assertTrue(pooled > before + 0.01, before + " " + pooled);
      assertTrue(Cell.mean(tuned.values(IcuBench.AUROC)) > before + 0.005, tuned.toString());
      assertTrue(Cell.mean(tuned.values(IcuBench.AUROC)) < pooled + 0.01, tuned.toString());
      assertEquals(
          tuned.values(IcuBench.AUROC),
          bench
              .cell(label, BUDGET, QuadraticExponentialMechanism.ofRounds(3))
              .values(IcuBench.AUROC));
    }
  }

  /** δ = 0 on real records: better than the pretrained model, and repeatable. */
  @Test
  void thePureMechanismHelps() {
    try (IcuBench bench =
        IcuBench.prepare(IcuData.read(DATA, Integer.MAX_VALUE), Architecture.logistic(), 4)) {
      double before =
          bench.pretrained(new Cell.Label("logistic", "m", 0)).values(IcuBench.AUROC).get(0);
      for (double epsilon : new double[] {1, 8}) {
        Cell.Label label = new Cell.Label("logistic", IcuExperiment.PURE, epsilon);
        PrivacyBudget budget = PrivacyBudget.of(epsilon, 0, NeighboringRelation.ADD_OR_REMOVE_ONE);
        Cell tuned = bench.cell(label, budget, new PureExponentialMechanism());
        assertEquals(1, tuned.passes());
        assertTrue(Cell.mean(tuned.values(IcuBench.AUROC)) > before + 0.005, tuned.toString());
        assertEquals(
            tuned.values(IcuBench.AUROC),
            bench.cell(label, budget, new PureExponentialMechanism()).values(IcuBench.AUROC));
      }
    }
  }

  @Test
  void theGridsBestIsTheBest() {
    try (IcuBench bench =
        IcuBench.prepare(IcuData.read(DATA, Integer.MAX_VALUE), Architecture.logistic(), 2)) {
      // The first step size is absurd: whoever compares the two must see it.
      List<FineTuningMethod> methods = List.of(descent(1000), descent(0.1));
      Cell.Label label = new Cell.Label("logistic", "dp-gd", 4);
      Cell best = bench.cell(label, BUDGET, new TuningGrid(methods, "two"));
      assertEquals(
          bench.cell(label, BUDGET, descent(0.1)).values(IcuBench.AUROC),
          best.values(IcuBench.AUROC));
      assertEquals(2, best.trials().size());
      assertTrue(best.trials().get(0).score() < best.trials().get(1).score(), best.toString());
    }
  }

  private static DpDescent descent(double stepSize) {
    return new DpDescent(
        "dp-gd",
        TrainedPart.ALL,
        Preconditioning.NONE,
        3,
        1,
        1,
        new UpdateRule.Momentum(stepSize, 0));
  }

  @Test
  void keepsSomeStaysEvenly() {
    assertEquals(300, IcuData.read(DATA, 300).privateCount());
    assertEquals(577 + 874, IcuData.read(DATA, 1 << 20).privateCount());
  }

  @Test
  @Tag("slow")
  void writesEveryFileOfTheExperiment(@TempDir Path out) throws Exception {
    List<IcuExperiment.Group> groups = List.of(new IcuExperiment.Group("logistic", 300));
    new IcuExperiment(DATA, out, 2).run(groups, new double[] {1}, done -> {});
    for (String file : List.of("icu.csv", "icu.md", "icu.html", "icu-logisticn300-auroc.svg")) {
      assertTrue(Files.size(out.resolve(file)) > 0, file);
    }
    // Header, 2 rows without a budget, 2 of the mechanism, 9 baselines, the pure mechanism.
    assertEquals(1 + 2 + 2 + 9 + 1, Files.readAllLines(out.resolve("icu.csv")).size());
  }
}
