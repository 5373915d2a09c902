package org.quietune.experiments.icu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.experiments.Bench;
import org.quietune.experiments.Cell;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.Batches;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.Metrics;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.PublicTraining;
import org.quietune.tuning.TuningGrid;

/** A bench on which models of stays are scored by AUROC and AUPRC. */
final class IcuBench implements AutoCloseable {
  static final String AUROC = "auroc";
  static final String AUPRC = "auprc";

  /** Members of a grid that are compared again, and on how many seeds. */
  private static final int FINALISTS = 5;

  private static final int FINAL_RUNS = 5;

  private final IcuData data;
  private final Architecture architecture;
  private final Bench bench;

  private IcuBench(IcuData data, Architecture architecture, Bench bench) {
    this.data = data;
    this.architecture = architecture;
    this.bench = bench;
  }

  static IcuBench prepare(IcuData data, Architecture architecture, int seeds) {
    Network.setThreads(1);
    ModelFile pretrained =
        PublicTraining.train(data.publicTable(), architecture, done -> {}).model();
    Batch test = Batches.of(data.test().rows(), pretrained.inputWidth());
    Bench bench =
        new Bench(
            new Bench.Task(
                pretrained,
                data.publicTable().rows(),
                data.privateRecords(),
                data.privateCount(),
                Optional.empty()),
            (network, theta) -> score(network, theta, test),
            new Bench.Plan(
                AUROC, seeds, Runtime.getRuntime().availableProcessors(), FINALISTS, FINAL_RUNS));
    return new IcuBench(data, architecture, bench);
  }

  Cell pretrained(Cell.Label label) {
    return bench.pretrained(label);
  }

  /** Trained like the pretrained model, on public and private records together. */
  Cell nonPrivate(Cell.Label label) {
    List<Example> pooled = new ArrayList<>(data.publicTable().rows());
    pooled.addAll(bench.readWithoutPrivacy());
    ModelFile model =
        PublicTraining.train(
                PublicTable.of(data.publicTable().columns(), pooled), architecture, done -> {})
            .model();
    return bench.unspent(label, model, "trained on public and private records together");
  }

  /** A private method over the table's seeds. */
  Cell cell(Cell.Label label, PrivacyBudget budget, FineTuningMethod method) {
    return bench.cell(label, budget, method);
  }

  /** The best of a grid over the table's seeds. */
  Cell cell(Cell.Label label, PrivacyBudget budget, TuningGrid grid) {
    return bench.cell(label, budget, grid);
  }

  private static Map<String, Double> score(Network network, double[] theta, Batch batch) {
    double[] logits = network.logits(theta, batch);
    float[] probabilities = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) (1 / (1 + Math.exp(-logits[i])));
    }
    Metrics metrics = Metrics.of(probabilities, batch.labels());
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put(AUROC, metrics.auroc());
    scores.put(AUPRC, metrics.auprc());
    return scores;
  }

  @Override
  public void close() {
    bench.close();
  }
}
