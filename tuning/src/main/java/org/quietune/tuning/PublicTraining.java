package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.function.UnaryOperator;
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
   * @param holdout quality on the public records that were held out, of the model before these were
   *     trained on too
   */
  public record Result(ModelFile model, Quality holdout) {}

  /** A model, and the same before the records that judge it were trained on too. */
  private record Fitted(ModelFile model, ModelFile judged) {
    Fitted each(UnaryOperator<ModelFile> change) {
      return new Fitted(change.apply(model), change.apply(judged));
    }
  }

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
    ModelFile initial =
        loss.isRegression()
            ? architecture.initial(table, preprocessing, loss, SEED)
            : architecture
                .initial(table, preprocessing, LabelDomain.inferredFrom(table).count(), SEED)
                .minimizing(loss);
    return judged(table, fit(table, initial, architecture, progress));
  }

  /**
   * Fits a classifier that has room for classes that the table does not show.
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
    ModelFile initial = architecture.initial(table, PublicPreprocessing.fit(table), classes, SEED);
    return judged(
        table, fit(table, initial.minimizing(Loss.crossEntropy()), architecture, progress));
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
      Result fitted =
          judged(features, fit(features, prefix.tail(), Architecture.logistic(), progress));
      ModelFile trained =
          headed.withParameters(fitted.model().parameterValues()).training(model.selection());
      return new Result(trained, fitted.holdout());
    }
  }

  private static Result judged(PublicTable table, Fitted fitted) {
    return new Result(fitted.model(), quality(fitted.judged(), holdout(table)));
  }

  static Quality quality(ModelFile model, List<Example> records) {
    Batch batch = Batches.of(records, model.inputWidth());
    try (OnnxScorer scorer = OnnxScorer.of(model)) {
      float[] outputs = scorer.probabilities(batch.features(), batch.size(), batch.width());
      return model.loss().isRegression()
          ? RegressionMetrics.of(outputs, batch.labels(), model.loss())
          : Metrics.of(outputs, batch.labels());
    }
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

  private static Fitted fit(
      PublicTable table, ModelFile initial, Architecture architecture, DoubleConsumer progress) {
    return initial.loss().isRegression()
        ? number(table, initial, architecture, progress)
        : minimized(table, initial, architecture, progress);
  }

  /**
   * Trains on labels of mean 0 and deviation 1, whatever their unit, and then puts the unit into
   * the last layer, which is affine: exact, and no node more in the graph.
   */
  private static Fitted number(
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
    return minimized(standard, initial.minimizing(scaled), architecture, progress)
        .each(fitted -> initial.withParameters(inUnit(fitted, unit, mean)));
  }

  private static double[] inUnit(ModelFile standard, double unit, double mean) {
    double[] theta = standard.parameterValues();
    List<ParameterInfo> parameters = standard.parameters();
    ParameterInfo bias = parameters.get(parameters.size() - 1);
    for (int j = parameters.get(parameters.size() - 2).offset(); j < theta.length; j++) {
      theta[j] = theta[j] * unit + (j >= bias.offset() ? mean : 0);
    }
    return theta;
  }

  private static Fitted minimized(
      PublicTable table, ModelFile initial, Architecture architecture, DoubleConsumer progress) {
    List<Example> kept = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      if (!isHeldOut(table, i)) {
        kept.add(table.row(i));
      }
    }
    int width = initial.inputWidth();
    try (Network network = Network.of(initial)) {
      Pretraining.Fit fit =
          Pretraining.fit(
              network,
              Batches.of(kept, width),
              Batches.of(holdout(table), width),
              settings(architecture, kept.size()),
              report -> progress.accept(share(report)));
      return new Fitted(initial.withParameters(fit.theta()), initial.withParameters(fit.judged()))
          .each(model -> model.naming(table.classNames()));
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
