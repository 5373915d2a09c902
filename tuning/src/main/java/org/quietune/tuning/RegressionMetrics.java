package org.quietune.tuning;

import java.util.LinkedHashMap;
import java.util.Map;
import org.quietune.model.Loss;

/**
 * Quality of predicted numbers.
 *
 * @param records number of records
 * @param rmse root of the mean squared error, in the label's unit
 * @param mae mean absolute error, in the label's unit
 * @param r2 share of the labels' variance that is explained; NaN where all labels are the same
 * @param loss mean of the loss that training minimizes
 */
public record RegressionMetrics(int records, double rmse, double mae, double r2, double loss)
    implements Quality {

  /**
   * Scores predictions.
   *
   * @param predictions one for each label
   */
  public static RegressionMetrics of(float[] predictions, double[] labels, Loss loss) {
    int n = labels.length;
    if (n == 0 || predictions.length != n) {
      throw new IllegalArgumentException(
          "predictions must hold one number per label: " + predictions.length + " for " + n);
    }
    double mean = 0;
    for (double label : labels) {
      mean += label / n;
    }
    double squares = 0;
    double distances = 0;
    double spread = 0;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double residual = predictions[i] - labels[i];
      squares += residual * residual;
      distances += Math.abs(residual);
      spread += (labels[i] - mean) * (labels[i] - mean);
      sum += loss.ofNumber(predictions[i], labels[i]);
    }
    return new RegressionMetrics(
        n,
        Math.sqrt(squares / n),
        distances / n,
        spread > 0 ? 1 - squares / spread : Double.NaN,
        sum / n);
  }

  @Override
  public Map<String, Double> named() {
    Map<String, Double> named = new LinkedHashMap<>();
    named.put("rmse", rmse);
    named.put("mae", mae);
    if (!Double.isNaN(r2)) {
      named.put("r2", r2);
    }
    named.put("loss", loss);
    return named;
  }
}
