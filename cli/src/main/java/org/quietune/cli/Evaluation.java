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

/** Reads a labelled table and measures a model on it, in ONNX Runtime. */
final class Evaluation {
  private Evaluation() {}

  static Metrics of(Path model, DataFile file, String label) {
    ModelFile modelFile = ModelFile.load(model);
    return of(modelFile, model, ModelTable.read(modelFile, model, file, label));
  }

  /**
   * Measures a model on a table at hand.
   *
   * @param path the model's file, for messages
   * @throws InvalidDataException when the model's output is no probability
   */
  static Metrics of(ModelFile model, Path path, PublicTable table) {
    Batch batch = Batches.of(table.rows(), model.inputWidth());
    try (OnnxScorer scorer = OnnxScorer.of(model)) {
      float[] probabilities = scorer.probabilities(batch.features(), batch.size(), batch.width());
      for (int i = 0; model.endsInLogProbabilities() && i < probabilities.length; i++) {
        probabilities[i] = (float) Math.exp(probabilities[i]);
      }
      requireProbabilities(path, probabilities, batch.size());
      return Metrics.of(probabilities, batch.labels());
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
