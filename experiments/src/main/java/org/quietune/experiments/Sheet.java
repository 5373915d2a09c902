package org.quietune.experiments;

import java.util.List;
import java.util.Map;

/**
 * The results of one task and number of private records, methods down and budgets across.
 *
 * @param group what is chosen on the command line: the part or the model
 * @param units number of private records
 * @param label what the cells are labelled with
 * @param file how the names of its files begin
 * @param metrics captions of the tables and the metrics in them; the first one compares methods
 * @param rows its private methods
 * @param budgets ε of its columns, the most telling first
 */
public record Sheet(
    String group,
    int units,
    String label,
    String title,
    String description,
    String file,
    List<Map.Entry<String, String>> metrics,
    List<Row> rows,
    List<Double> budgets) {
  /** The row of the model that a run starts from. */
  static final String PRETRAINED = "pretrained only";

  /** The row of a model that knows the private records. */
  public static final String NON_PRIVATE = "non-private";

  /** Rows without a budget. */
  static final List<String> UNSPENT = List.of(PRETRAINED, NON_PRIVATE);

  public Sheet {
    metrics = List.copyOf(metrics);
    rows = List.copyOf(rows);
    budgets = List.copyOf(budgets);
  }

  /** By which methods are compared. */
  String metric() {
    return metrics.get(0).getValue();
  }

  List<String> names() {
    return rows.stream().map(Row::name).toList();
  }

  /** The names of its baselines, or of the mechanism's own rows. */
  List<String> names(boolean baselines) {
    return rows.stream().filter(row -> row.isBaseline() == baselines).map(Row::name).toList();
  }
}
