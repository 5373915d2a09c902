package org.quietune.tuning;

import java.util.Map;

/**
 * How good predictions are on labelled records. Computed on public or test data only: a metric on
 * private data would be a release of its own.
 */
public sealed interface Quality permits Metrics, RegressionMetrics {
  /** Number of records. */
  int records();

  /** Mean of the loss that training minimizes. */
  double loss();

  /** The metrics by the names that {@code --json} uses; those that do not apply are left out. */
  Map<String, Double> named();
}
