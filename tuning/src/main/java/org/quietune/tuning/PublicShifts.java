package org.quietune.tuning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.quietune.data.Example;
import org.quietune.geometry.TurnedWhitener;
import org.quietune.geometry.Whitener;
import org.quietune.release.L2Clip;

/**
 * What private records may differ in, guessed from how groups of public records differ: each column
 * of the inputs (of very many, evenly spaced ones) parts the public records at its median, and
 * every part is a private task in small. The second moment of the parts' mean whitened gradients is
 * the prior of the private mean gradient. A release is made in coordinates scaled by that prior, so
 * that clip and noise go to the directions in which groups differ, and its step is the posterior
 * mean under the known noise (docs/theory.md §4.8). All from public data, for models of one logit.
 */
final class PublicShifts {
  /** A part of fewer records than this share of all is mostly chance. */
  private static final double SMALLEST_PART = 0.1;

  private static final int MOST_DIRECTIONS = 64;

  /** Pixels of a large image part much alike. */
  private static final int MOST_COLUMNS = 2000;

  private final FineTuningTask task;
  private final double[] theta;
  private final TurnedWhitener whitener;

  private PublicShifts(FineTuningTask task, double[] theta, TurnedWhitener whitener) {
    this.task = task;
    this.theta = theta;
    this.whitener = whitener;
  }

  /** Whether any column parts the public records. */
  static boolean exist(FineTuningTask task) {
    List<Example> sample = task.labelledSample();
    return columns(sample).anyMatch(j -> parts(high(sample, j)));
  }

  /**
   * The shifts at a point, where they {@link #exist}.
   *
   * @param inner in whose coordinates gradients are compared
   */
  static PublicShifts of(FineTuningTask task, double[] theta, Whitener inner) {
    double[] rows = PublicGradients.rows(task, theta, inner);
    List<double[]> means = partMeans(task.labelledSample(), rows, inner.dimension());
    return new PublicShifts(task, theta, TurnedWhitener.along(inner, means, MOST_DIRECTIONS));
  }

  /**
   * Mean rows of the parts of records that lie above a column's median and of those that do not.
   *
   * @param rows row-major, {@code k} wide, one for each record
   */
  static List<double[]> partMeans(List<Example> records, double[] rows, int k) {
    double[] total = new double[k];
    for (int i = 0; i < rows.length; i++) {
      total[i % k] += rows[i];
    }
    List<double[]> means = new ArrayList<>();
    for (int column : columns(records).toArray()) {
      boolean[] high = high(records, column);
      if (!parts(high)) {
        continue;
      }
      double[] above = new double[k];
      for (int i = 0; i < high.length; i++) {
        if (high[i]) {
          for (int j = 0; j < k; j++) {
            above[j] += rows[i * k + j];
          }
        }
      }
      int count = count(high);
      int others = high.length - count;
      double[] below = new double[k];
      for (int j = 0; j < k; j++) {
        below[j] = (total[j] - above[j]) / others;
        above[j] /= count;
      }
      means.add(above);
      means.add(below);
    }
    return means;
  }

  /** All columns, or evenly spaced ones. */
  private static IntStream columns(List<Example> records) {
    int width = records.isEmpty() ? 0 : records.get(0).features().length;
    int count = Math.min(width, MOST_COLUMNS);
    return IntStream.range(0, count).map(i -> (int) ((long) i * width / count));
  }

  private static boolean parts(boolean[] high) {
    int count = count(high);
    return Math.min(count, high.length - count) >= SMALLEST_PART * high.length;
  }

  private static int count(boolean[] high) {
    int count = 0;
    for (boolean one : high) {
      count += one ? 1 : 0;
    }
    return count;
  }

  /**
   * Which records lie above the column's median; at it too, where hardly any lie above. A missing
   * value counts as the mean, as it does for the model.
   */
  private static boolean[] high(List<Example> records, int column) {
    double[] values = records.stream().mapToDouble(r -> r.features()[column]).toArray();
    double mean = Arrays.stream(values).filter(Double::isFinite).average().orElse(0);
    for (int i = 0; i < values.length; i++) {
      values[i] = Double.isFinite(values[i]) ? values[i] : mean;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    boolean[] high = new boolean[values.length];
    for (int i = 0; i < high.length; i++) {
      high[i] = values[i] > median;
    }
    if (count(high) < SMALLEST_PART * high.length) {
      for (int i = 0; i < high.length; i++) {
        high[i] = values[i] >= median;
      }
    }
    return high;
  }

  /**
   * One release on {@code budget}, and a step of the posterior mean.
   *
   * @param clipQuantile of public label-free norms, which is the clip norm
   */
  Round round(GaussianBudget budget, double clipQuantile) {
    LabelFreeLengths lengths = PublicGradients.labelFreeLengths(task, theta, whitener);
    double clipNorm = lengths.quantile(clipQuantile);
    Terms terms = new Terms(new L2Clip(clipNorm), budget.noise());
    double noise = clipNorm * terms.noise().multiplier() / task.nominalRecords();
    double left = lengths.partLeft(clipNorm);
    double[] factors = whitener.meanSquares();
    for (int j = 0; j < factors.length; j++) {
      factors[j] = factor(factors[j], left, noise, task.nominalRecords());
    }
    return new Round(whitener, terms, true, false, 1, factors, Optional.empty());
  }

  /**
   * With m the mean gradient along a direction, of prior mean square q, the released mean over the
   * scale is y = √q(κm + √(κ/n)ξ) + τξ'; the factor f with E(m | y) = f·√q·y.
   *
   * @param meanSquare q
   * @param left κ, what weights leave of a mean
   * @param noise τ, the deviation of the released mean
   * @param records n, of which the mean is
   */
  static double factor(double meanSquare, double left, double noise, double records) {
    double square = meanSquare * meanSquare;
    return left * meanSquare / (left * left * square + left * meanSquare / records + noise * noise);
  }
}
