package org.quietune.experiments.mnist;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quietune.data.Example;
import org.quietune.data.PrivateTable;
import org.quietune.experiments.Bench;
import org.quietune.experiments.Cell;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.Pretraining;
import org.quietune.model.PretrainingSettings;
import org.quietune.tuning.Batches;
import org.quietune.tuning.PublicData;

/** Benches on which models of digits are scored, and their reference without privacy. */
final class DigitBench {
  static final String ACCURACY = "accuracy";

  /** On the digits that are new in part c. */
  static final String NEW_ACCURACY = "newAccuracy";

  /** Test images that go through the network together. */
  private static final int CHUNK = 1000;

  private static final double PENALTY = 1e-5;
  private static final int EPOCHS = 60;
  private static final int PATIENCE = 6;
  private static final long SEED = 1;

  /** Every fifth image judges the training. */
  private static final int HOLDOUT_STRIDE = 5;

  private DigitBench() {}

  static Bench of(Part part, Split split, int units, ModelFile pretrained, int seeds, int threads) {
    Batch test = Batches.of(split.test(), pretrained.inputWidth());
    return new Bench(
        new Bench.Task(
            pretrained,
            PublicData.of(split.publicImages().rows()).withImages(split.publicImages().images()),
            PrivateTable.sealInMemory(split.privateImages(units)),
            units),
        (network, theta) -> score(network, theta, test, part == Part.C),
        new Bench.Plan(ACCURACY, seeds, threads, 1, 0));
  }

  static Map<String, Double> score(
      Network network, double[] theta, Batch test, boolean tellsNewClasses) {
    int correct = 0;
    int newOnes = 0;
    int newCorrect = 0;
    for (int from = 0; from < test.size(); from += CHUNK) {
      Batch part = test.slice(from, Math.min(test.size(), from + CHUNK));
      double[] logits = network.logits(theta, part);
      int classes = logits.length / part.size();
      for (int i = 0; i < part.size(); i++) {
        int label = (int) part.labels()[i];
        boolean right = isLargest(logits, i * classes, classes, label);
        correct += right ? 1 : 0;
        newOnes += label >= Part.FIRST_NEW ? 1 : 0;
        newCorrect += right && label >= Part.FIRST_NEW ? 1 : 0;
      }
    }
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put(ACCURACY, (double) correct / test.size());
    if (tellsNewClasses) {
      scores.put(NEW_ACCURACY, (double) newCorrect / newOnes);
    }
    return scores;
  }

  /** Whether no other logit reaches that of {@code index}; a NaN is never right. */
  private static boolean isLargest(double[] logits, int offset, int classes, int index) {
    for (int c = 0; c < classes; c++) {
      if (c != index && !(logits[offset + c] < logits[offset + index])) {
        return false;
      }
    }
    return true;
  }

  /**
   * Goes on training the pretrained model with Adam on the private images and, so that it keeps
   * what it knew, as many public ones.
   */
  static Cell nonPrivate(Bench bench, Cell.Label label, Split split, ModelFile pretrained) {
    List<Example> closed = bench.readWithoutPrivacy();
    List<Example> open = split.publicImages().rows();
    List<Example> kept = new ArrayList<>();
    List<Example> held = new ArrayList<>();
    for (int i = 0; i < closed.size(); i++) {
      List<Example> side = i % HOLDOUT_STRIDE == HOLDOUT_STRIDE - 1 ? held : kept;
      side.add(closed.get(i));
      side.add(open.get((int) ((long) i * open.size() / closed.size())));
    }
    int width = pretrained.inputWidth();
    try (Network network = Network.of(pretrained)) {
      double[] theta =
          Pretraining.fit(
                  network,
                  Batches.of(kept, width),
                  Batches.of(held, width),
                  new PretrainingSettings(List.of(PENALTY), EPOCHS, PATIENCE, SEED),
                  progress -> {})
              .theta();
      return bench.unspent(
          label,
          pretrained.withParameters(theta),
          "Adam from the pretrained model on private and as many public images");
    }
  }
}
