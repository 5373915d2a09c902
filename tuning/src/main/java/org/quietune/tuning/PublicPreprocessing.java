package org.quietune.tuning;

import java.util.Arrays;
import java.util.List;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.model.Preprocessing;

/**
 * Fits imputation, clamping and scaling on a public table: missing values become the column's mean,
 * values are held between the 0.5 % and 99.5 % quantiles, then centred and scaled to unit
 * deviation. A column without public values, or without spread, is passed on as zero.
 *
 * <p>Images: all pixels share one center and one scale, since a pixel at the border, though it may
 * never have been seen inked, means the same as one in the middle.
 */
public final class PublicPreprocessing {
  private static final double LOWER_QUANTILE = 0.005;
  private static final double UPPER_QUANTILE = 0.995;

  /** The largest value of a pixel. */
  private static final float BRIGHTEST = 255;

  /** Larger values count as this one, so that no difference of two kept values overflows. */
  private static final double LARGEST_VALUE = 1e37;

  private PublicPreprocessing() {}

  /** Fits on every row of {@code table}. */
  public static Preprocessing fit(PublicTable table) {
    return table.images().isPresent() ? pixels(table) : columns(table);
  }

  private static Preprocessing pixels(PublicTable table) {
    double sum = 0;
    double squares = 0;
    int width = table.columns().size();
    for (Example row : table.rows()) {
      for (float value : row.features()) {
        sum += value;
        squares += (double) value * value;
      }
    }
    double count = (double) width * table.size();
    double mean = sum / count;
    double deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
    return new Preprocessing(
        filled(width, 0),
        filled(width, 0),
        filled(width, BRIGHTEST),
        filled(width, (float) mean),
        filled(width, deviation > 1e-3 ? (float) deviation : 1));
  }

  private static float[] filled(int width, float value) {
    float[] values = new float[width];
    Arrays.fill(values, value);
    return values;
  }

  private static Preprocessing columns(PublicTable table) {
    int width = table.columns().size();
    float[] fill = new float[width];
    float[] lower = new float[width];
    float[] upper = new float[width];
    float[] center = new float[width];
    float[] scale = new float[width];
    for (int j = 0; j < width; j++) {
      double[] sorted = finite(table.rows(), j);
      Arrays.sort(sorted);
      lower[j] = sorted.length == 0 ? 0 : (float) quantile(sorted, LOWER_QUANTILE);
      upper[j] = sorted.length == 0 ? 0 : (float) quantile(sorted, UPPER_QUANTILE);
      double mean = 0;
      for (double v : sorted) {
        mean += clamp(v, lower[j], upper[j]) / sorted.length;
      }
      double variance = 0;
      for (double v : sorted) {
        double deviation = clamp(v, lower[j], upper[j]) - mean;
        variance += deviation * deviation / sorted.length;
      }
      // Rounding to float may leave the mean a hair outside the bounds.
      fill[j] = (float) clamp((float) mean, lower[j], upper[j]);
      center[j] = fill[j];
      float deviation = (float) Math.sqrt(variance);
      scale[j] = deviation > 1e-6f * Math.max(1e-30f, Math.abs(center[j])) ? deviation : 1;
    }
    return new Preprocessing(fill, lower, upper, center, scale);
  }

  private static double[] finite(List<Example> rows, int column) {
    return rows.stream()
        .mapToDouble(row -> row.features()[column])
        .filter(Double::isFinite)
        .map(value -> clamp(value, -LARGEST_VALUE, LARGEST_VALUE))
        .toArray();
  }

  /** Linear interpolation between order statistics. */
  private static double quantile(double[] sorted, double q) {
    double position = q * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }

  private static double clamp(double value, double lower, double upper) {
    return Math.max(lower, Math.min(upper, value));
  }
}
