package org.quietune.cli;

import java.nio.file.Path;
import org.quietune.data.DataFile;
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
    return of(modelFile, ModelTable.read(modelFile, model, file, label));
  }

  static Metrics of(ModelFile model, PublicTable table) {
    Batch batch = Batches.of(table.rows(), model.inputWidth());
    try (OnnxScorer scorer = OnnxScorer.of(model.bytes())) {
      float[] probabilities = scorer.probabilities(batch.features(), batch.size(), batch.width());
      return Metrics.of(probabilities, batch.labels());
    }
  }
}
