package org.quietune.experiments;

import java.util.List;

/**
 * One cell of a results table: a method under a budget, over noise seeds.
 *
 * @param auroc one value per seed
 * @param auprc one value per seed
 * @param passes over the private records in one run
 * @param settings what was chosen, in words
 * @param seconds to run all seeds side by side, without tuning
 */
public record Cell(
    Label label,
    List<Double> auroc,
    List<Double> auprc,
    int passes,
    String settings,
    double seconds) {

  /**
   * What a cell is about.
   *
   * @param model the architecture, and what else sets one table apart from the others
   * @param method the method's name
   * @param epsilon the budget; zero where nothing is spent or claimed
   */
  public record Label(String model, String method, double epsilon) {

    /** A cell without a budget. */
    public Label(String model, String method) {
      this(model, method, 0);
    }

    @Override
    public String toString() {
      return model + " " + method + " epsilon " + epsilon;
    }
  }

  /** The mean of {@code values}. */
  public static double mean(List<Double> values) {
    return values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
  }

  /** The sample standard deviation of {@code values}; zero for a single one. */
  public static double deviation(List<Double> values) {
    if (values.size() < 2) {
      return 0;
    }
    double mean = mean(values);
    double squared = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(squared / (values.size() - 1));
  }
}
