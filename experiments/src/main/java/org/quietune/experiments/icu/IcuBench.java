package org.quietune.experiments.icu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.experiments.Bench;
import org.quietune.experiments.Cell;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.Batches;
import org.quietune.tuning.Metrics;
import org.quietune.tuning.PublicData;
import org.quietune.tuning.PublicTraining;

/** Benches on which models of stays are scored by AUROC and AUPRC. */
final class IcuBench {
  static final String AUROC = "auroc";
  static final String AUPRC = "auprc";

  /** Members of a grid that are compared again, and on how many seeds. */
  private static final int FINALISTS = 5;

  private static final int FINAL_RUNS = 5;

  private IcuBench() {}

  /** The model of public stays alone. */
  static ModelFile pretrained(IcuData data, Architecture architecture) {
    return PublicTraining.train(data.publicTable(), architecture, done -> {}).model();
  }

  static Bench of(IcuData data, ModelFile pretrained, int seeds, int threads) {
    Batch test = Batches.of(data.test().rows(), pretrained.inputWidth());
    return new Bench(
        new Bench.Task(
            pretrained,
            PublicData.of(data.publicTable().rows()),
            data.privateRecords(),
            data.privateCount()),
        (network, theta) -> score(network, theta, test),
        new Bench.Plan(AUROC, seeds, threads, FINALISTS, FINAL_RUNS));
  }

  /** Trained like the pretrained model, on public and private records together. */
  static Cell nonPrivate(Bench bench, Cell.Label label, IcuData data, Architecture architecture) {
    List<Example> pooled = new ArrayList<>(data.publicTable().rows());
    pooled.addAll(bench.readWithoutPrivacy());
    ModelFile model =
        PublicTraining.train(
                PublicTable.of(data.publicTable().columns(), pooled), architecture, done -> {})
            .model();
    return bench.unspent(label, model, "trained on public and private records together");
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
}
