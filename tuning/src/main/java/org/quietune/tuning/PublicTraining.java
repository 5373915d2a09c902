package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import org.quietune.data.Example;
import org.quietune.data.LabelDomain;
import org.quietune.data.PublicTable;
import org.quietune.model.Batch;
import org.quietune.model.FrozenPrefix;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.OnnxScorer;
import org.quietune.model.ParameterInfo;
import org.quietune.model.Preprocessing;
import org.quietune.model.Pretraining;
import org.quietune.model.PretrainingProgress;
import org.quietune.model.PretrainingSettings;
import org.quietune.model.TrainableSelection;

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
  public record Result(ModelFile model, Quality holdout) {}

  /**
   * Fits preprocessing and parameters.
   *
   * @param progress told the share that is done, from 0 to 1
   * @throws org.quietune.data.InvalidDataException when the labels are not classes 0 to K−1
   */
  public static Result train(
      PublicTable table, Architecture architecture, DoubleConsumer progress) {
    return train(table, architecture, Loss.crossEntropy(), progress);
  }

  /**
   * Fits preprocessing and parameters for a loss.
   *
   * @throws org.quietune.data.InvalidDataException when the labels do not fit the loss
   */
  public static Result train(
      PublicTable table, Architecture architecture, Loss loss, DoubleConsumer progress) {
    Preprocessing preprocessing = PublicPreprocessing.fit(table);
    return loss.isRegression()
        ? number(
            table, architecture.initial(table, preprocessing, loss, SEED), architecture, progress)
        : fit(
            table,
            architecture
                .initial(table, preprocessing, LabelDomain.inferredFrom(table).count(), SEED)
                .minimizing(loss),
            architecture,
            progress);
  }

  /**
   * Trains a model's last layer alone, on what the frozen rest makes of the records.
   *
   * @throws org.quietune.model.InvalidModelException when nothing of the model can be trained
   */
  public static Result head(PublicTable table, ModelFile model, DoubleConsumer progress) {
    ModelFile headed = model.training(TrainableSelection.head());
    try (FrozenPrefix prefix = FrozenPrefix.split(headed)) {
      List<Example> rows =
          table.rows().stream()
              .map(row -> new Example(prefix.features(row.features(), 0), row.label()))
              .toList();
      List<String> names = IntStream.range(0, prefix.width()).mapToObj(Integer::toString).toList();
      PublicTable features = PublicTable.of(names, rows);
      Architecture linear = Architecture.logistic();
      Result fitted =
          headed.loss().isRegression()
              ? number(features, prefix.tail(), linear, progress)
              : fit(features, prefix.tail(), linear, progress);
      ModelFile trained =
          headed.withParameters(fitted.model().parameterValues()).training(model.selection());
      return new Result(trained, fitted.holdout());
    }
  }

  /**
   * Trains on labels of mean 0 and deviation 1, whatever their unit, and then puts the unit into
   * the last layer, which is affine: exact, and no node more in the graph.
   */
  private static Result number(
      PublicTable table, ModelFile initial, Architecture architecture, DoubleConsumer progress) {
    double mean = table.rows().stream().mapToDouble(Example::label).average().orElse(0);
    double deviation =
        Math.sqrt(
            table.rows().stream()
                .mapToDouble(row -> (row.label() - mean) * (row.label() - mean))
                .average()
                .orElse(0));
    double unit = deviation > 0 ? deviation : 1;
    Loss loss = initial.loss();
    Loss scaled = loss.kind() == Loss.Kind.HUBER ? Loss.huber(loss.threshold() / unit) : loss;
    PublicTable standard =
        PublicTable.of(
            table.columns(),
            table.rows().stream()
                .map(row -> new Example(row.features(), (row.label() - mean) / unit))
                .toList());
    Result fitted = fit(standard, initial.minimizing(scaled), architecture, progress);
    double[] theta = fitted.model().parameterValues();
    List<ParameterInfo> parameters = fitted.model().parameters();
    ParameterInfo bias = parameters.get(parameters.size() - 1);
    for (int j = parameters.get(parameters.size() - 2).offset(); j < theta.length; j++) {
      theta[j] = theta[j] * unit + (j >= bias.offset() ? mean : 0);
    }
    ModelFile model = initial.withParameters(theta);
    List<Example> judged = holdout(table);
    try (OnnxScorer scorer = OnnxScorer.of(model)) {
      return new Result(
          model, quality(scorer, Batches.of(judged, model.inputWidth()), model.loss()));
    }
  }

  private static Quality quality(OnnxScorer scorer, Batch batch, Loss loss) {
    float[] outputs = scorer.probabilities(batch.features(), batch.size(), batch.width());
    return loss.isRegression()
        ? RegressionMetrics.of(outputs, batch.labels(), loss)
        : Metrics.of(outputs, batch.labels());
  }

  private static boolean isHeldOut(PublicTable table, int row) {
    int stride = Math.max(HOLDOUT_STRIDE, table.size() / LARGEST_HOLDOUT);
    return row % stride == stride - 1;
  }

  /** A table of a few rows has nothing to spare: it is judged on what it was trained on. */
  private static List<Example> holdout(PublicTable table) {
    List<Example> held = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      if (isHeldOut(table, i)) {
        held.add(table.row(i));
      }
    }
    return held.isEmpty() ? table.rows() : held;
  }

  private static Result fit(
      PublicTable table, ModelFile initial, Architecture architecture, DoubleConsumer progress) {
    List<Example> kept = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      if (!isHeldOut(table, i)) {
        kept.add(table.row(i));
      }
    }
    int width = initial.inputWidth();
    Batch holdout = Batches.of(holdout(table), width);
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
        return new Result(trained, quality(scorer, holdout, trained.loss()));
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
