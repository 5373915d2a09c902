package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.quietune.model.Loss;

class RegressionMetricsTest {
  @Test
  void byHand() {
    RegressionMetrics metrics =
        RegressionMetrics.of(new float[] {1, 2, 6}, new double[] {1, 4, 4}, Loss.huber(1));
    assertEquals(Math.sqrt(8 / 3.0), metrics.rmse(), 1e-12);
    assertEquals(4 / 3.0, metrics.mae(), 1e-12);
    assertEquals(1 - 8 / 6.0, metrics.r2(), 1e-12);
    assertEquals(2 * 1.5 / 3, metrics.loss(), 1e-12);
  }

  @Test
  void equalLabelsHaveNoShareToExplain() {
    RegressionMetrics metrics =
        RegressionMetrics.of(new float[] {1, 3}, new double[] {2, 2}, Loss.squaredError());
    assertFalse(metrics.named().containsKey("r2"));
    assertThrows(
        IllegalArgumentException.class,
        () -> RegressionMetrics.of(new float[2], new double[1], Loss.squaredError()));
  }
}
