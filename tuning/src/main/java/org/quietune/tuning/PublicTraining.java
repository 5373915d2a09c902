package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.quietune.data.Example;
import org.quietune.data.LabelDomain;
import org.quietune.data.PublicTable;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.OnnxScorer;
import org.quietune.model.Preprocessing;
import org.quietune.model.Pretraining;
import org.quietune.model.PretrainingProgress;
import org.quietune.model.PretrainingSettings;

/** Builds and trains a model on a public table. No privacy of any kind: for public data only. */
public final class PublicTraining {
  private static final long SEED = 20260521;

  /** Every fifth record judges the training: of any two neighbors in a sorted file one is kept. */
  private static final int HOLDOUT_STRIDE = 5;

  /** More records would judge no better. */
  private static final int LARGEST_HOLDOUT = 5000;

  /** A deep network learns most from early stopping; its penalty hardly matters. */
  private static final double CONVOLUTIONAL_PENALTY = 1e-5;

  /** Records that it sees before it stops at the latest, within {@link #epochs}' bounds. */
  private static final int CONVOLUTIONAL_RECORDS = 1_000_000;

  /** Records without progress after which it stops, likewise. */
  private static final int CONVOLUTIONAL_PATIENCE = 150_000;

  private PublicTraining() {}

  /**
   * The outcome.
   *
   * @param holdout quality on the public records that were held out
   */
  public record Result(ModelFile model, Metrics holdout) {}

  /**
   * Fits preprocessing and parameters.
   *
   * @param progress told the share that is done, from 0 to 1
   * @throws org.quietune.data.InvalidDataException when the labels are not classes 0 to K−1
   */
  public static Result train(
      PublicTable table, Architecture architecture, DoubleConsumer progress) {
    return train(table, architecture, LabelDomain.inferredFrom(table).count(), progress);
  }

  /**
   * Fits a model that has room for classes that the table does not show.
   *
   * @param classes outputs of the model, more than any label of the table
   * @throws org.quietune.data.InvalidDataException when the labels are not classes 0 to K−1
   * @throws IllegalArgumentException when the table shows more classes
   */
  public static Result train(
      PublicTable table, Architecture architecture, int classes, DoubleConsumer progress) {
    int shown = LabelDomain.inferredFrom(table).count();
    if (classes < shown) {
      throw new IllegalArgumentException(
          "classes must be at least the " + shown + " of the table: " + classes);
    }
    Preprocessing preprocessing = PublicPreprocessing.fit(table);
    ModelFile initial = architecture.initial(table, preprocessing, classes, SEED);
    int stride = Math.max(HOLDOUT_STRIDE, table.size() / LARGEST_HOLDOUT);
    List<Example> kept = new ArrayList<>();
    List<Example> held = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      (i % stride == stride - 1 ? held : kept).add(table.row(i));
    }
    int width = initial.inputWidth();
    // A table of a few rows has nothing to spare: it is judged on what it was trained on.
    Batch holdout = Batches.of(held.isEmpty() ? kept : held, width);
    PretrainingSettings settings = settings(architecture, kept.size());
    try (Network network = Network.of(initial)) {
      double[] theta =
          Pretraining.fit(
              network,
              Batches.of(kept, width),
              holdout,
              settings,
              report -> progress.accept(share(report)));
      ModelFile trained = initial.withParameters(theta).naming(table.classNames());
      try (OnnxScorer scorer = OnnxScorer.of(trained.bytes())) {
        float[] probabilities =
            scorer.probabilities(holdout.features(), holdout.size(), holdout.width());
        return new Result(trained, Metrics.of(probabilities, holdout.labels()));
      }
    }
  }

  private static PretrainingSettings settings(Architecture architecture, int records) {
    return architecture.kind() == Architecture.Kind.CONVOLUTIONAL
        ? new PretrainingSettings(
            List.of(CONVOLUTIONAL_PENALTY),
            epochs(CONVOLUTIONAL_RECORDS, records, 20, 300),
            epochs(CONVOLUTIONAL_PATIENCE, records, 3, 10),
            SEED)
        : PretrainingSettings.defaults(SEED);
  }

  private static int epochs(int all, int records, int least, int most) {
    return Math.max(least, Math.min(most, all / records));
  }

  /** A candidate that ends early makes the bar jump, never go back. */
  private static double share(PretrainingProgress report) {
    double candidate = report.candidate() - 1 + (double) report.epoch() / report.maxEpochs();
    return candidate / report.candidates();
  }
}
