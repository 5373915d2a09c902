package org.quietune.tuning;

import java.util.Arrays;
import java.util.List;
import org.quietune.data.Example;
import org.quietune.geometry.Whitener;

/** Norms of whitened gradients on public records, from which clip norms are chosen. */
final class PublicGradients {
  private static final int CHUNK = 256;

  private PublicGradients() {}

  /**
   * Sorted norms {@code ‖w‖} of public records' whitened gradients at {@code theta}.
   *
   * @param labelFree takes {@link RecordWeighting#labelFreeNorm} in place of the norm
   */
  static double[] sortedNorms(
      FineTuningTask task, double[] theta, Whitener whitener, boolean labelFree) {
    GradientMap map = new GradientMap(task, theta, whitener, RecordWeighting.none());
    int k = map.dimension();
    int outputs = task.rowwise().outputs();
    List<Example> sample = task.curvatureSample();
    double[] norms = new double[sample.size()];
    double[] vectors = new double[CHUNK * k];
    double[] logits = new double[CHUNK * outputs];
    for (int from = 0; from < sample.size(); from += CHUNK) {
      List<Example> chunk = sample.subList(from, Math.min(from + CHUNK, sample.size()));
      map.map(chunk, vectors, logits);
      for (int i = 0; i < chunk.size(); i++) {
        norms[from + i] =
            labelFree
                ? RecordWeighting.labelFreeNorm(vectors, i * k, k, logits[i], chunk.get(i).label())
                : RecordWeighting.norm(vectors, i * k, k);
      }
    }
    Arrays.sort(norms);
    return norms;
  }

  /** The q-quantile of sorted values, kept away from zero so that it can serve as a clip norm. */
  static double quantile(double[] sorted, double q) {
    double value = sorted[(int) Math.round(q * (sorted.length - 1))];
    return Math.max(value, 1e-12);
  }
}
