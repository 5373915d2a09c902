package org.quietune.tuning;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.quietune.data.Example;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.geometry.Whitener;

/** Norms of whitened gradients on public records, from which clip norms are chosen. */
final class PublicGradients {
  private static final int LARGEST_CHUNK = 256;
  private static final int CHUNK_VALUES = 1 << 22;
  private static final int MEDIAN_SAMPLE = 1024;

  private PublicGradients() {}

  /** Sorted norms {@code ‖w‖} of public records' whitened gradients at {@code theta}. */
  static double[] sortedNorms(FineTuningTask task, double[] theta, Whitener whitener) {
    return sortedNorms(task, theta, whitener.whitening(task.subspace()), task.labelledSample());
  }

  private static double[] sortedNorms(
      FineTuningTask task, double[] theta, GradientCoordinates linear, List<Example> sample) {
    GradientMap map = new GradientMap(task, theta, linear, RecordWeighting.none());
    int k = map.dimension();
    double[] norms = new double[sample.size()];
    visit(
        task,
        map,
        sample,
        (record, vectors, offset, logit) ->
            norms[record] = RecordWeighting.norm(vectors, offset, k));
    Arrays.sort(norms);
    return norms;
  }

  /**
   * Public records' whitened gradients at {@code theta}, one row per record of {@link
   * FineTuningTask#labelledSample}.
   */
  static double[] rows(FineTuningTask task, double[] theta, Whitener whitener) {
    List<Example> sample = task.labelledSample();
    GradientMap map =
        new GradientMap(task, theta, whitener.whitening(task.subspace()), RecordWeighting.none());
    int k = map.dimension();
    double[] rows = new double[Math.multiplyExact(sample.size(), k)];
    visit(
        task,
        map,
        sample,
        (record, vectors, offset, logit) -> System.arraycopy(vectors, offset, rows, record * k, k));
    return rows;
  }

  /** Lengths of public records' whitened gradients at {@code theta} that no label enters. */
  static LabelFreeLengths labelFreeLengths(FineTuningTask task, double[] theta, Whitener whitener) {
    List<Example> sample = task.labelledSample();
    GradientMap map =
        new GradientMap(task, theta, whitener.whitening(task.subspace()), RecordWeighting.none());
    int k = map.dimension();
    double[] bounds = new double[sample.size()];
    double[] squares = new double[sample.size()];
    visit(
        task,
        map,
        sample,
        (record, vectors, offset, logit) -> {
          double bound =
              RecordWeighting.labelFreeNorm(vectors, offset, k, logit, sample.get(record).label());
          bounds[record] = bound;
          // p(1−p)‖a‖², where the bound is max(p, 1−p)‖a‖.
          squares[record] = bound * bound * Math.exp(-Math.abs(logit));
        });
    return new LabelFreeLengths(bounds, squares);
  }

  /** Takes one record's vector, from {@code offset} on, and its logit in a one-logit model. */
  @FunctionalInterface
  private interface Visitor {
    void visit(int record, double[] vectors, int offset, double logit);
  }

  /**
   * Shows the vectors of all records, in their order, computed in chunks that fit in memory, each
   * by all of the machine's threads. A record's bits depend on neither (see {@link GradientMap}).
   */
  private static void visit(
      FineTuningTask task, GradientMap map, List<Example> sample, Visitor visitor) {
    int k = map.dimension();
    int together = Math.max(1, Math.min(LARGEST_CHUNK, CHUNK_VALUES / k));
    int threads = Math.min(together, Runtime.getRuntime().availableProcessors());
    for (int from = 0; from < sample.size(); from += together) {
      int start = from;
      int count = Math.min(together, sample.size() - from);
      List<Part> parts =
          IntStream.range(0, threads)
              .parallel()
              .mapToObj(
                  thread -> {
                    int first = start + count * thread / threads;
                    int last = start + count * (thread + 1) / threads;
                    return Part.of(task, map, sample, first, last);
                  })
              .toList();
      parts.forEach(part -> part.show(visitor, k));
    }
  }

  /** Vectors of neighbouring records, and their logits. */
  private record Part(int first, int count, double[] vectors, double[] logits) {
    static Part of(
        FineTuningTask task, GradientMap map, List<Example> sample, int first, int last) {
      int count = last - first;
      double[] vectors = new double[count * map.dimension()];
      double[] logits = new double[count * task.rowwise().outputs()];
      map.map(sample.subList(first, last), vectors, logits);
      return new Part(first, count, vectors, logits);
    }

    void show(Visitor visitor, int k) {
      for (int i = 0; i < count; i++) {
        visitor.visit(first + i, vectors, i * k, logits[i]);
      }
    }
  }

  /**
   * Mean over labelled public records of their gradients at {@code theta} after a map, each clipped
   * as the door clips a unit of one record.
   *
   * @param round whose sample of records it is over, from 1 on
   */
  static double[] clippedMean(
      FineTuningTask task, int round, double[] theta, GradientCoordinates linear, double clipNorm) {
    List<Example> sample = task.labelledSample(round);
    GradientMap map = new GradientMap(task, theta, linear, RecordWeighting.none());
    int k = map.dimension();
    double[] mean = new double[k];
    visit(
        task,
        map,
        sample,
        (record, vectors, offset, logit) -> {
          double norm = RecordWeighting.norm(vectors, offset, k);
          double weight = Math.min(1, clipNorm / norm) / sample.size();
          for (int j = 0; j < k; j++) {
            mean[j] += weight * vectors[offset + j];
          }
        });
    return mean;
  }

  /** The median norm of public records' gradients at the pretrained parameters, after a map. */
  static double medianNorm(FineTuningTask task, GradientCoordinates linear) {
    List<Example> sample = task.labelledSample();
    List<Example> some = sample.subList(0, Math.min(MEDIAN_SAMPLE, sample.size()));
    return quantile(sortedNorms(task, task.theta(), linear, some), 0.5);
  }

  /** The q-quantile of sorted values, kept away from zero so that it can serve as a clip norm. */
  static double quantile(double[] sorted, double q) {
    double value = sorted[(int) Math.round(q * (sorted.length - 1))];
    return Math.max(value, 1e-12);
  }
}
