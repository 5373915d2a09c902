package org.quietune.experiments.icu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.InvalidDataException;
import org.quietune.experiments.Bench;
import org.quietune.experiments.Cell;
import org.quietune.experiments.Choice;
import org.quietune.experiments.Coordinate;
import org.quietune.experiments.Experiment;
import org.quietune.experiments.ExperimentRun;
import org.quietune.experiments.NoProgress;
import org.quietune.experiments.PretrainedModels;
import org.quietune.experiments.Progress;
import org.quietune.model.ModelFile;
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
      PrivacyBudget.of(4, Experiment.DELTA, NeighboringRelation.ADD_OR_REMOVE_ONE);

  private static final IcuData ALL = IcuData.read(DATA, IcuData.STAYS);

  private static final ModelFile PRETRAINED = IcuBench.pretrained(ALL, Architecture.logistic());

  private static Bench bench(int seeds) {
    return IcuBench.of(ALL, PRETRAINED, seeds, 2);
  }

  @Test
  void splitsByUnitTypeAndSet() {
    // Types 1 to 4: set a 577, 874, 1481, 1068; set b 590, 782, 1436, 1192.
    assertEquals(1481 + 1068 + 1436 + 1192, ALL.publicTable().size());
    assertEquals(577 + 874, ALL.privateCount());
    assertEquals(IcuData.STAYS, ALL.privateCount());
    assertEquals(590 + 782, ALL.test().size());
  }

  @Test
  void fineTuningHelpsAndIsRepeatable() throws IOException {
    try (Bench bench = bench(2)) {
      Cell.Label label = new Cell.Label("logistic", "m", 4);
      double before = Cell.mean(bench.pretrained(label).values(IcuBench.AUROC));
      double pooled =
          Cell.mean(
              IcuBench.nonPrivate(bench, label, ALL, Architecture.logistic())
                  .values(IcuBench.AUROC));
      Cell tuned =
          bench.cell(label, BUDGET, QuadraticExponentialMechanism.ofRounds(3), new NoProgress());
      assertEquals(3, tuned.passes());
      assertTrue(pooled > before + 0.01, before + " " + pooled);
      assertTrue(Cell.mean(tuned.values(IcuBench.AUROC)) > before + 0.005, tuned.toString());
      assertTrue(Cell.mean(tuned.values(IcuBench.AUROC)) < pooled + 0.01, tuned.toString());
      assertEquals(
          tuned.values(IcuBench.AUROC),
          bench
              .cell(label, BUDGET, QuadraticExponentialMechanism.ofRounds(3), new NoProgress())
              .values(IcuBench.AUROC));
    }
  }

  /** δ = 0 on real records: better than the pretrained model, and repeatable. */
  @Test
  void thePureMechanismHelps() throws IOException {
    try (Bench bench = bench(4)) {
      double before =
          bench.pretrained(new Cell.Label("logistic", "m", 0)).values(IcuBench.AUROC).get(0);
      for (double epsilon : new double[] {1, 8}) {
        Cell.Label label = new Cell.Label("logistic", IcuExperiment.PURE, epsilon);
        PrivacyBudget budget = PrivacyBudget.of(epsilon, 0, NeighboringRelation.ADD_OR_REMOVE_ONE);
        Cell tuned = bench.cell(label, budget, new PureExponentialMechanism(), new NoProgress());
        assertEquals(1, tuned.passes());
        assertTrue(Cell.mean(tuned.values(IcuBench.AUROC)) > before + 0.005, tuned.toString());
        assertEquals(
            tuned.values(IcuBench.AUROC),
            bench
                .cell(label, budget, new PureExponentialMechanism(), new NoProgress())
                .values(IcuBench.AUROC));
      }
    }
  }

  @Test
  void theGridsBestIsTheBest() throws IOException {
    try (Bench bench = bench(2)) {
      // The first step size is absurd: whoever compares the two must see it.
      List<FineTuningMethod> methods = List.of(descent(1000), descent(0.1));
      Cell.Label label = new Cell.Label("logistic", "dp-gd", 4);
      Cell best = bench.cell(label, BUDGET, new TuningGrid(methods, "two"), new NoProgress());
      assertEquals(
          bench.cell(label, BUDGET, descent(0.1), new NoProgress()).values(IcuBench.AUROC),
          best.values(IcuBench.AUROC));
      assertEquals(2, best.trials().size());
      assertTrue(best.trials().get(0).score() < best.trials().get(1).score(), best.toString());
    }
  }

  /** Stopped anywhere, a cell goes on with what is left of it and comes out the same. */
  @Test
  void aStoppedCellGoesOn() throws IOException {
    try (Bench bench = bench(3)) {
      FineTuningMethod edge = descent(0.01);
      TuningGrid grid =
          new TuningGrid(
              List.of(descent(1000), edge),
              List.of(new TuningGrid.Extension(List.of(edge), List.of(descent(0.1)))),
              "two",
              "and one");
      Cell.Label label = new Cell.Label("logistic", "dp-gd", 4);
      Cell whole = bench.cell(label, BUDGET, grid, new NoProgress());
      assertEquals(3, whole.trials().size(), "the best of the two lies at the edge");
      int steps = whole.trials().size() + 3;
      for (int stop = 0; stop < steps; stop++) {
        StoppingProgress progress = new StoppingProgress(stop);
        assertThrows(IOException.class, () -> bench.cell(label, BUDGET, grid, progress));
        progress.left = steps - stop;
        Cell resumed = bench.cell(label, BUDGET, grid, progress);
        assertEquals(0, progress.left, "work was done twice or left out");
        assertEquals(whole.values(IcuBench.AUROC), resumed.values(IcuBench.AUROC));
        assertEquals(whole.trials(), resumed.trials());
        assertEquals(whole.settings(), resumed.settings());
        assertEquals(whole.passes(), resumed.passes());
      }
    }
  }

  /** A begun cell goes on under another grid: what both have is not tried again. */
  @Test
  void aStoppedCellGoesOnWithAnotherGrid() throws IOException {
    try (Bench bench = bench(1)) {
      Cell.Label label = new Cell.Label("logistic", "dp-gd", 4);
      TuningGrid before = new TuningGrid(List.of(descent(1000), descent(0.01)), "before");
      StoppingProgress progress = new StoppingProgress(2);
      assertThrows(IOException.class, () -> bench.cell(label, BUDGET, before, progress));
      TuningGrid after = new TuningGrid(List.of(descent(0.1), descent(1000)), "after");
      progress.left = 2;
      Cell resumed = bench.cell(label, BUDGET, after, progress);
      assertEquals(0, progress.left, "one trial and one seed were left");
      assertEquals(
          bench.cell(label, BUDGET, descent(0.1), new NoProgress()).values(IcuBench.AUROC),
          resumed.values(IcuBench.AUROC));
    }
  }

  /** Keeps a number of steps, and breaks at the next one. */
  private static final class StoppingProgress implements Progress {
    private Optional<Cell> kept = Optional.empty();
    private int left;

    StoppingProgress(int left) {
      this.left = left;
    }

    @Override
    public Optional<Cell> done() {
      return kept;
    }

    @Override
    public void keep(Cell cell) throws IOException {
      if (left == 0) {
        throw new IOException("stopped");
      }
      left--;
      kept = Optional.of(cell);
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
  void everyCellHasItsPlaceAndTheMostTellingComeFirst() {
    List<Coordinate> all = new IcuExperiment(DATA, DATA).coordinates();
    // ε × (three tables of three own rows and ten baselines, one of two baselines more).
    assertEquals(8 * (3 * (3 + 10) + (3 + 12)), all.size());
    assertEquals(all.size(), new HashSet<>(all).size());
    assertTrue(
        all.subList(0, 3 * 6 + 7).stream().allMatch(c -> c.epsilon() == 1 && c.row().isTelling()));
  }

  /** Real stays through the whole experiment, and a second run that computes nothing. */
  @Test
  void writesEveryFileOfTheExperiment(@TempDir Path out) throws Exception {
    Choice choice =
        new Choice(
            List.of("logistic"),
            List.of("qem", "pure", "isotropic"),
            List.of(300),
            List.of(8.0),
            2,
            2);
    List<String> lines = new ArrayList<>();
    IcuExperiment experiment = new IcuExperiment(DATA, out.resolve("models"));
    new ExperimentRun(experiment, out, lines::add).of(choice);
    assertEquals(3, lines.size(), lines.toString());
    for (String file :
        List.of(
            "icu.csv",
            "icu.md",
            "icu.html",
            "icu-logistic-300-auroc.svg",
            "icu-logistic-300-passes.svg")) {
      assertTrue(Files.size(out.resolve(file)) > 0, file);
    }
    // Header, two rows without a budget, three cells.
    assertEquals(1 + 2 + 3, Files.readAllLines(out.resolve("icu.csv")).size());
    String text = Files.readString(out.resolve("icu.md"));
    assertTrue(text.contains("| isotropic     |"), text);
    lines.clear();
    new ExperimentRun(experiment, out, lines::add).of(choice);
    assertEquals(List.of(), lines);
    assertEquals(text, Files.readString(out.resolve("icu.md")));
    assertEquals(1 + 2 + 3, Files.readAllLines(out.resolve("icu.csv")).size());

    // Cells of two pretrained models are never put side by side.
    IcuData data = IcuData.read(DATA, 300);
    Architecture logistic = Architecture.logistic();
    Path kept =
        new PretrainedModels(out.resolve("models")).file("logistic", data.publicTable(), logistic);
    ModelFile model = ModelFile.load(kept);
    double[] moved = model.parameterValues();
    moved[0] = Math.nextUp((float) moved[0]);
    model.withParameters(moved).save(kept);
    InvalidDataException refused =
        assertThrows(
            InvalidDataException.class,
            () -> new ExperimentRun(experiment, out, lines::add).of(choice));
    assertTrue(refused.toString().contains("another pretrained model"), refused.toString());
  }
}
