package org.quietune.tuning;

import java.util.Arrays;
import org.quietune.geometry.Whitener;
import org.quietune.model.Batch;

/** Norms of whitened gradients on public records, from which clip norms are chosen. */
final class PublicGradients {
  private static final int CHUNK = 256;

  private PublicGradients() {}

  /** Sorted norms {@code ‖w‖} of public records' whitened gradients at {@code theta}. */
  static double[] sortedNorms(FineTuningTask task, double[] theta, Whitener whitener) {
    return sorted(task, theta, whitener, false);
  }

  /** Sorted label-free norms, as in {@link RecordWeighting#labelFreeNorms}. */
  static double[] sortedLabelFreeNorms(FineTuningTask task, double[] theta, Whitener whitener) {
    return sorted(task, theta, whitener, true);
  }

  private static double[] sorted(
      FineTuningTask task, double[] theta, Whitener whitener, boolean labelFree) {
    GradientMap map =
        new GradientMap(task.network(), theta, task.subspace(), whitener, RecordWeighting.none());
    int k = map.dimension();
    Batch data = task.curvatureSample();
    double[] norms = new double[data.size()];
    for (int from = 0; from < data.size(); from += CHUNK) {
      Batch chunk = data.slice(from, Math.min(from + CHUNK, data.size()));
      double[] vectors = new double[chunk.size() * k];
      map.map(chunk, vectors);
      double[] part =
          labelFree
              ? RecordWeighting.labelFreeNorms(task.network(), theta, chunk, vectors, k)
              : norms(vectors, k);
      System.arraycopy(part, 0, norms, from, part.length);
    }
    Arrays.sort(norms);
    return norms;
  }

  private static double[] norms(double[] vectors, int k) {
    double[] norms = new double[vectors.length / k];
    for (int i = 0; i < norms.length; i++) {
      double squared = 0;
      for (int j = i * k; j < (i + 1) * k; j++) {
        squared += vectors[j] * vectors[j];
      }
      norms[i] = Math.sqrt(squared);
    }
    return norms;
  }

  /** The q-quantile of sorted values, kept away from zero so that it can serve as a clip norm. */
  static double quantile(double[] sorted, double q) {
    double value = sorted[(int) Math.round(q * (sorted.length - 1))];
    return Math.max(value, 1e-12);
  }
}
