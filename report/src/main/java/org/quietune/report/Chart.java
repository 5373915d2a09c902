package org.quietune.report;

import java.util.List;

/**
 * A line chart: what is shown, apart from how it is drawn.
 *
 * @param title said above the chart and to screen readers
 * @param xLabel abscissa's quantity and unit; may be blank
 * @param yLabel ordinate's quantity and unit; may be blank
 * @param logX logarithmic abscissa, with the data's own values as ticks while they are few
 * @param logY logarithmic ordinate
 * @param series drawn in this order, which also fixes each line's color and marker; may be empty
 */
public record Chart(
    String title, String xLabel, String yLabel, boolean logX, boolean logY, List<Series> series) {

  public Chart {
    series = List.copyOf(series);
  }

  /** A chart with a linear ordinate. */
  public Chart(String title, String xLabel, String yLabel, boolean logX, List<Series> series) {
    this(title, xLabel, yLabel, logX, false, series);
  }
}
