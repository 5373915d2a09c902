package org.quietune.tuning;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Quality of predicted probabilities on labelled records. Computed on public or test data only: a
 * metric on private data would be a release of its own.
 *
 * @param records number of records
 * @param accuracy share of records whose most probable class is their label (at 0.5 for two
 *     classes)
 * @param loss mean cross-entropy in nats; probabilities are kept at least 1e-12 away from zero
 * @param auroc area under the ROC curve, ties counted half; NaN unless two classes are both present
 * @param auprc average precision of class 1, ties taken together; NaN likewise
 */
public record Metrics(int records, double accuracy, double loss, double auroc, double auprc)
    implements Quality {
  private static final double SMALLEST_PROBABILITY = 1e-12;

  /**
   * Scores predictions.
   *
   * @param probabilities of class 1 for each record (length n), or of each class (n × classes)
   * @param labels class indices, length n
   */
  public static Metrics of(float[] probabilities, double[] labels) {
    int n = labels.length;
    if (n == 0 || probabilities.length % n != 0) {
      throw new IllegalArgumentException(
          "probabilities must hold one row per label: " + probabilities.length + " for " + n);
    }
    int width = probabilities.length / n;
    double[] positive = new double[n];
    double correct = 0;
    double loss = 0;
    for (int i = 0; i < n; i++) {
      int label = (int) labels[i];
      double[] p = classProbabilities(probabilities, i, width);
      positive[i] = p[1];
      correct += argmax(p) == label ? 1 : 0;
      loss -= Math.log(Math.max(SMALLEST_PROBABILITY, p[label]));
    }
    boolean ranked = width <= 2;
    return new Metrics(
        n,
        correct / n,
        loss / n,
        ranked ? auroc(positive, labels) : Double.NaN,
        ranked ? auprc(positive, labels) : Double.NaN);
  }

  @Override
  public Map<String, Double> named() {
    Map<String, Double> named = new LinkedHashMap<>();
    named.put("accuracy", accuracy);
    named.put("loss", loss);
    if (!Double.isNaN(auroc)) {
      named.put("auroc", auroc);
      named.put("auprc", auprc);
    }
    return named;
  }

  private static double[] classProbabilities(float[] probabilities, int row, int width) {
    if (width == 1) {
      double p = probabilities[row];
      return new double[] {1 - p, p};
    }
    double[] p = new double[width];
    for (int c = 0; c < width; c++) {
      p[c] = probabilities[row * width + c];
    }
    return p;
  }

  private static int argmax(double[] p) {
    int best = 0;
    for (int c = 1; c < p.length; c++) {
      if (p[c] > p[best]) {
        best = c;
      }
    }
    return best;
  }

  /** Indices in descending order of score. */
  private static int[] descending(double[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  static double auroc(double[] scores, double[] labels) {
    int[] order = descending(scores);
    double positives = Arrays.stream(labels).sum();
    double negatives = labels.length - positives;
    if (positives == 0 || negatives == 0) {
      return Double.NaN;
    }
    double area = 0;
    double above = 0;
    int from = 0;
    while (from < order.length) {
      int to = tieEnd(scores, order, from);
      double tied = positivesIn(labels, order, from, to);
      area += (to - from - tied) * (above + tied / 2);
      above += tied;
      from = to;
    }
    return area / (positives * negatives);
  }

  static double auprc(double[] scores, double[] labels) {
    int[] order = descending(scores);
    double positives = Arrays.stream(labels).sum();
    if (positives == 0 || positives == labels.length) {
      return Double.NaN;
    }
    double sum = 0;
    double found = 0;
    int from = 0;
    while (from < order.length) {
      int to = tieEnd(scores, order, from);
      double tied = positivesIn(labels, order, from, to);
      found += tied;
      sum += tied * found / to;
      from = to;
    }
    return sum / positives;
  }

  private static int tieEnd(double[] scores, int[] order, int from) {
    int to = from + 1;
    while (to < order.length && scores[order[to]] == scores[order[from]]) {
      to++;
    }
    return to;
  }

  private static double positivesIn(double[] labels, int[] order, int from, int to) {
    double count = 0;
    for (int i = from; i < to; i++) {
      count += labels[order[i]];
    }
    return count;
  }
}
