package org.quietune.experiments.mnist;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.quietune.experiments.Bench;
import org.quietune.experiments.Cell;
import org.quietune.experiments.Coordinate;
import org.quietune.experiments.Experiment;
import org.quietune.experiments.PretrainedModels;
import org.quietune.experiments.ReportContents;
import org.quietune.experiments.ReportParts;
import org.quietune.experiments.Row;
import org.quietune.experiments.Sheet;
import org.quietune.model.ModelFile;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.Baseline;
import org.quietune.tuning.PublicTraining;

/**
 * Digits of MNIST: the mechanism against every baseline that fits, each tuned per cell over its
 * stated grid, in three parts ({@link Part}).
 */
public final class MnistExperiment implements Experiment {
  private static final List<Double> BUDGETS = List.of(1.0, 4.0, 0.5, 8.0, 2.0);

  /** With ε = 3, at which others have published what they reach from scratch. */
  private static final List<Double> BUDGETS_OF_MANY = List.of(1.0, 3.0, 4.0, 0.5, 8.0, 2.0);

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

  static final Architecture CNN = Architecture.parse("cnn");

  /** Cells with more units than this are run after all others. */
  private static final int LARGE = 10_000;

  private final Path data;
  private final Path models;
  private final List<Sheet> sheets = new ArrayList<>();

  /**
   * The experiment.
   *
   * @param data folder with the published files
   * @param models folder that keeps pretrained models
   */
  public MnistExperiment(Path data, Path models) {
    this.data = data;
    this.models = models;
    List<Row> rows = rows();
    for (Part part : Part.values()) {
      part.units().forEach(units -> sheets.add(sheet(part, units, rows)));
    }
  }

  private static Sheet sheet(Part part, int units, List<Row> rows) {
    return new Sheet(
        part.letter(),
        units,
        part.letter() + " n=" + units,
        "%s (%s), n = %d".formatted(part.title(), part.letter(), units),
        part.description(),
        "mnist-%s-%d".formatted(part.letter(), units),
        part == Part.C
            ? List.of(
                Map.entry("Accuracy on all ten digits", DigitBench.ACCURACY),
                Map.entry(
                    "Accuracy on the new digits, 5 to 9, of the same models",
                    DigitBench.NEW_ACCURACY))
            : List.of(Map.entry("Accuracy", DigitBench.ACCURACY)),
        rows,
        units > LARGE ? BUDGETS_OF_MANY : BUDGETS);
  }

  private static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    rows.add(Row.automatic());
    rows.add(Row.ofRounds("qem-one-shot", true, 1));
    rows.add(Row.ofRounds("qem-" + FEW_ROUNDS, false, FEW_ROUNDS));
    baselines()
        .forEach(
            baseline ->
                rows.add(Row.of(baseline, STRONGEST.contains(baseline), Baseline::imageGrid)));
    return rows;
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

  @Override
  public List<Sheet> sheets() {
    return sheets;
  }

  /**
   * Strong methods before others, the first budgets before others and few images before many, each
   * with some weight.
   */
  @Override
  public int rank(Coordinate coordinate) {
    Sheet sheet = coordinate.sheet();
    int size = Part.parse(sheet.group()).units().indexOf(sheet.units());
    return (sheet.units() > LARGE ? 100 : 4 * size)
        + sheet.budgets().indexOf(coordinate.epsilon())
        + (coordinate.row().isTelling() ? 0 : 2);
  }

  @Override
  public ReportContents contents(int seeds) {
    return new ReportContents(
        "Private fine-tuning on handwritten digits",
        "mnist",
        "./quietune reproduce mnist --data $QUIETUNE_DATA/mnist --out DIR",
        "accuracy",
        "images",
        List.of(
            "Digits of MNIST, a convolutional network of 26,010 parameters (--arch cnn). An image is the"
                + " privacy unit; δ = "
                + DELTA
                + ", add or remove one image. Mean ± standard deviation over "
                + seeds
                + " noise seeds. The sampling error of the 10,000 test images is .001 to .005 and the same"
                + " for all methods of a table, so compare them with each other.",
            "Noise is seeded here so that the tables can be made again: these models carry no DP claim.",
            "Every baseline is the best of its grid, per cell, by the accuracy on the very test images that"
                + " the table reports: a favour that no user has, and for which no budget is charged. All"
                + " members are tried on one noise seed, longer paths or steps too while the longest is the"
                + " best, and the best runs again on all others. qem takes every choice from public data and"
                + " its own releases, by one rule. Most of the rule's constants were settled on training"
                + " images held out from all parts, three of them on test images (docs/adr/0018): a"
                + " favour to qem, as the grids are to the baselines.",
            "qem averages gradients over four to eight slightly changed copies of an image before the"
                + " clip, and adds public records' gradients to its steps, with a tenth of the private ones'"
                + " weight in parts a and b, and the same weight in c, where public records lack classes."
                + " dp-gd-augmented takes the same copies, and public gradients, of the same weight as"
                + " private ones, where its grid finds them better; the other baselines train on private"
                + " images alone, and as they are, as published. A pass costs as many gradients as there"
                + " are copies, so compare seconds as well as passes. Two of qem's"
                + " passes buy one number each and need no gradients; qem-3 has three rounds. AdaSSP is"
                + " left out: it takes one logit. A dash is a cell that has not been run.",
            "The row "
                + Sheet.NON_PRIVATE
                + " goes on training the pretrained model with Adam on the private images and as many"
                + " public ones, a fifth held out to stop by."),
        List.of(DigitBench.ACCURACY, DigitBench.NEW_ACCURACY, Bench.CPU_SECONDS),
        ReportParts.grids(baselines(), Baseline::imageGrid));
  }

  @Override
  public Experiment.Benches benches(int seeds, int threads, Consumer<String> lines) {
    return new Benches(seeds, threads, lines);
  }

  private final class Benches implements Experiment.Benches {
    private final int seeds;
    private final int threads;
    private final Consumer<String> lines;
    private final Digits digits = Digits.read(data);
    private final PretrainedModels kept = new PretrainedModels(models);
    private final Map<Part, Split> splits = new EnumMap<>(Part.class);
    private final Map<Part, ModelFile> pretrained = new EnumMap<>(Part.class);
    private final Map<String, Bench> benches = new HashMap<>();

    Benches(int seeds, int threads, Consumer<String> lines) {
      this.seeds = seeds;
      this.threads = threads;
      this.lines = lines;
    }

    private Split split(Part part) {
      return splits.computeIfAbsent(part, p -> p.split(digits));
    }

    private ModelFile pretrained(Part part) throws IOException {
      ModelFile known = pretrained.get(part);
      if (known == null) {
        known = kept.get(part.letter(), split(part).publicImages(), CNN, () -> train(part));
        pretrained.put(part, known);
      }
      return known;
    }

    private ModelFile train(Part part) {
      return PublicTraining.train(
              split(part).publicImages(),
              CNN,
              Part.CLASSES,
              done ->
                  lines.accept("pretraining (%s): %.0f %%".formatted(part.letter(), 100 * done)))
          .model();
    }

    @Override
    public Bench of(Sheet sheet) throws IOException {
      Bench known = benches.get(sheet.label());
      if (known == null) {
        Part part = Part.parse(sheet.group());
        known = DigitBench.of(part, split(part), sheet.units(), pretrained(part), seeds, threads);
        benches.put(sheet.label(), known);
      }
      return known;
    }

    @Override
    public Cell nonPrivate(Sheet sheet, Cell.Label label) throws IOException {
      Part part = Part.parse(sheet.group());
      return DigitBench.nonPrivate(of(sheet), label, split(part), pretrained(part));
    }

    @Override
    public void close() {
      benches.values().forEach(Bench::close);
    }
  }
}
