package org.quietune.experiments.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.data.generated.DrawnDigits;
import org.quietune.experiments.Bench;
import org.quietune.experiments.Cell;
import org.quietune.experiments.Choice;
import org.quietune.experiments.Coordinate;
import org.quietune.experiments.Experiment;
import org.quietune.experiments.ExperimentRun;
import org.quietune.experiments.NoProgress;
import org.quietune.experiments.PretrainedModels;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.Baseline;
import org.quietune.tuning.Batches;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.PublicTraining;
import org.quietune.tuning.QuadraticExponentialMechanism;
import org.quietune.tuning.TuningGrid;

class MnistExperimentTest {
  private static final PrivacyBudget BUDGET =
      PrivacyBudget.of(8, Experiment.DELTA, NeighboringRelation.ADD_OR_REMOVE_ONE);

  @Test
  void everyCellHasItsPlaceAndTheMostTellingComeFirst() {
    Path none = Path.of("none");
    List<Coordinate> all = new MnistExperiment(none, none).coordinates();
    // Parts × n × ε, and ε = 3 for most images, × (automatic, one-shot, three rounds, baselines but
    // AdaSSP).
    assertEquals((3 * 2 * 5 + 1) * (3 + 11), all.size());
    assertEquals(14, all.stream().filter(c -> c.epsilon() == 3).count());
    assertEquals(all.size(), new HashSet<>(all).size());
    List<Coordinate> first = all.subList(0, 3 * 8);
    assertTrue(first.stream().allMatch(c -> c.epsilon() == 1 && c.row().isTelling()));
    assertTrue(first.stream().allMatch(c -> c.sheet().units() <= 2000));
    int large = 6 * 14;
    assertTrue(
        all.subList(all.size() - large, all.size()).stream()
            .allMatch(c -> c.sheet().units() == 60_000));
  }

  /** Sixty rounds are in the grids of the strongest, and every grid has a member to try. */
  @Test
  void gridsHoldWhatTheReportSays() {
    for (Baseline baseline : List.of(Baseline.DP_GD, Baseline.DP_ADAM)) {
      TuningGrid grid = baseline.imageGrid();
      assertTrue(grid.description().contains("T=60"), grid.description());
      assertTrue(grid.methods().size() >= 12, grid.description());
      assertEquals(
          grid.methods().size(), new HashSet<>(grid.methods()).size(), "a member stands twice");
    }
    assertThrows(IllegalArgumentException.class, Baseline.ADA_SSP::imageGrid);
  }

  /** A hand-made classifier: accuracy counts what is right, and NaN is never right. */
  @Test
  void scoresAgreeWithCounting() {
    PublicTable drawn = new DrawnDigits(3).table(400);
    ModelFile model = TestModel.get(drawn);
    Batch test = Batches.of(drawn.rows(), 784);
    try (Network network = Network.of(model)) {
      double[] theta = model.parameterValues();
      double[] logits = network.logits(theta, test);
      int correct = 0;
      int newCorrect = 0;
      int newOnes = 0;
      for (int i = 0; i < test.size(); i++) {
        int row = i;
        int best =
            IntStream.range(0, 10)
                .reduce((a, b) -> logits[row * 10 + b] > logits[row * 10 + a] ? b : a)
                .orElseThrow();
        boolean right = best == (int) test.labels()[i];
        correct += right ? 1 : 0;
        newOnes += test.labels()[i] >= 5 ? 1 : 0;
        newCorrect += right && test.labels()[i] >= 5 ? 1 : 0;
      }
      var scores = DigitBench.score(network, theta, test, true);
      assertEquals(correct / 400.0, scores.get(DigitBench.ACCURACY));
      assertEquals((double) newCorrect / newOnes, scores.get(DigitBench.NEW_ACCURACY));
      assertFalse(
          DigitBench.score(network, theta, test, false).containsKey(DigitBench.NEW_ACCURACY));
      double[] broken = theta.clone();
      broken[0] = Double.NaN;
      assertEquals(0.0, DigitBench.score(network, broken, test, false).get(DigitBench.ACCURACY));
    }
  }

  /** Every row of the tables runs on ten classes; settings are cut down where they only cost. */
  @Test
  void everyMethodRunsOnImages() throws IOException {
    PublicTable drawn = new DrawnDigits(3).table(700);
    Split split =
        new Split(
            drawn, IntStream.range(0, 60).toArray(), drawn::row, drawn.rows().subList(0, 100));
    try (Bench bench = DigitBench.of(Part.C, split, 40, TestModel.get(drawn), 2, 2)) {
      List<FineTuningMethod> methods = new ArrayList<>();
      methods.add(QuadraticExponentialMechanism.ofRounds(2));
      for (Baseline baseline : MnistExperiment.baselines()) {
        List<FineTuningMethod> grid = baseline.imageGrid().methods();
        methods.add(grid.get(grid.size() - 1));
      }
      for (FineTuningMethod method : methods) {
        Cell.Label label = new Cell.Label("c n=40", method.name(), 8);
        Cell cell = bench.cell(label, BUDGET, method, new NoProgress());
        assertEquals(2, cell.values(DigitBench.ACCURACY).size(), method.toString());
        assertTrue(cell.mean(DigitBench.NEW_ACCURACY) <= 1, method.toString());
        assertTrue(cell.mean(Bench.CPU_SECONDS) > 0, method.toString());
      }
    }
  }

  /** A model is trained once; other images, or none of the same, give another one. */
  @Test
  void pretrainedModelsAreKeptByContent(@TempDir Path folder) throws IOException {
    PublicTable drawn = new DrawnDigits(3).table(60);
    Architecture architecture = Architecture.parse("cnn:2:2:4");
    PretrainedModels models = new PretrainedModels(folder);
    List<Double> progress = new ArrayList<>();
    Supplier<ModelFile> training =
        () -> PublicTraining.train(drawn, architecture, 10, progress::add).model();
    ModelFile first = models.get("c", drawn, architecture, training);
    assertFalse(progress.isEmpty());
    progress.clear();
    ModelFile again = new PretrainedModels(folder).get("c", drawn, architecture, training);
    assertEquals(first.sha256(), again.sha256());
    assertTrue(progress.isEmpty());
    List<Example> others = new ArrayList<>(drawn.rows());
    others.set(0, new Example(others.get(0).features(), (others.get(0).label() + 1) % 10));
    models.get("c", PublicTable.ofImages(DrawnDigits.SHAPE, others), architecture, training);
    assertFalse(progress.isEmpty());
    try (var files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }

  /**
   * Real images through the whole experiment, to every file: a private cell that helps, and a
   * second run that computes nothing.
   */
  @Test
  @EnabledIfEnvironmentVariable(named = "QUIETUNE_DATA", matches = ".+")
  void writesEveryFileFromRealImages(@TempDir Path out) throws IOException {
    Path data = Path.of(System.getenv("QUIETUNE_DATA"), "mnist");
    // The full pretraining takes minutes: a model of a few public images stands in its place.
    Digits digits = Digits.read(data);
    PublicTable open = Part.C.split(digits).publicImages();
    PublicTable some = PublicTable.ofImages(DrawnDigits.SHAPE, open.rows().subList(0, 200));
    PretrainedModels models = new PretrainedModels(out.resolve("models"));
    Files.createDirectories(out.resolve("models"));
    TestModel.trained(some).save(models.file("c", open, MnistExperiment.CNN));

    Choice choice =
        new Choice(List.of("c"), List.of("isotropic"), List.of(1000), List.of(8.0), 2, 2);
    MnistExperiment experiment = new MnistExperiment(data, out.resolve("models"));
    List<String> lines = new ArrayList<>();
    new ExperimentRun(experiment, out, lines::add).of(choice);
    assertEquals(1, lines.size(), lines.toString());
    for (String file :
        List.of(
            "mnist.csv",
            "mnist.md",
            "mnist.html",
            "mnist-c-1000-accuracy.svg",
            "mnist-c-1000-passes.svg")) {
      assertTrue(Files.size(out.resolve(file)) > 0, file);
    }
    // Header, two rows without a budget, one cell.
    List<String> csv = Files.readAllLines(out.resolve("mnist.csv"));
    assertEquals(4, csv.size());
    String text = Files.readString(out.resolve("mnist.md"));
    assertTrue(text.contains("Of 434 cells of private methods 1 have been run"), text);
    lines.clear();
    new ExperimentRun(experiment, out, lines::add).of(choice);
    assertEquals(List.of(), lines);
    assertEquals(text, Files.readString(out.resolve("mnist.md")));
    assertEquals(4, Files.readAllLines(out.resolve("mnist.csv")).size());
  }
}
