package org.quietune.cli;

import java.nio.file.Path;
import org.quietune.data.DataFile;
import org.quietune.data.InvalidDataException;
import org.quietune.data.PublicTable;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.OnnxScorer;
import org.quietune.tuning.Batches;
import org.quietune.tuning.Metrics;
import org.quietune.tuning.Quality;
import org.quietune.tuning.RegressionMetrics;

/** Reads a labelled table and measures a model on it, in ONNX Runtime. */
final class Evaluation {
  private Evaluation() {}

  static Quality of(Path path, DataFile file, String label, LossChoice choice) {
    ModelFile read = ModelFile.load(path);
    ModelFile model =
        read.minimizing(choice.on(read, () -> ModelTable.publicLabels(read, path, file, label)));
    return of(model, path, ModelTable.read(model, path, file, label));
  }

  /**
   * Measures a model on a table at hand.
   *
   * @param path the model's file, for messages
   * @throws InvalidDataException when the model's output is no probability, or no number
   */
  static Quality of(ModelFile model, Path path, PublicTable table) {
    Batch batch = Batches.of(table.rows(), model.inputWidth());
    try (OnnxScorer scorer = OnnxScorer.of(model)) {
      float[] outputs = scorer.probabilities(batch.features(), batch.size(), batch.width());
      if (model.loss().isRegression()) {
        requireNumbers(path, outputs, batch.size());
        return RegressionMetrics.of(outputs, batch.labels(), model.loss());
      }
      for (int i = 0; model.endsInLogProbabilities() && i < outputs.length; i++) {
        outputs[i] = (float) Math.exp(outputs[i]);
      }
      requireProbabilities(path, outputs, batch.size());
      return Metrics.of(outputs, batch.labels());
    }
  }

  private static void requireNumbers(Path path, float[] outputs, int rows) {
    if (outputs.length != rows) {
      throw new InvalidDataException(
          "%s has %d outputs for a row, and one number is wanted (classes: --loss cross-entropy)"
              .formatted(path, outputs.length / rows));
    }
    for (int i = 0; i < rows; i++) {
      if (!Float.isFinite(outputs[i])) {
        throw new InvalidDataException(
            "%s: its output for row %d is %s; a model has to fill in missing values itself"
                .formatted(path, i + 1, outputs[i]));
      }
    }
  }

  /** Metrics of logits, or of NaN, would be numbers too, but wrong ones. */
  private static void requireProbabilities(Path path, float[] outputs, int rows) {
    int width = outputs.length / rows;
    for (int i = 0; i < outputs.length; i++) {
      if (!(outputs[i] >= 0 && outputs[i] <= 1)) {
        throw new InvalidDataException(
            "%s: its output for row %d is %s, not a probability; a model has to end in Sigmoid or Softmax, and to fill in missing values itself"
                .formatted(path, i / width + 1, outputs[i]));
      }
    }
  }
}
