package org.quietune.report;

import java.util.List;

/**
 * How a series looks: color, marker and dash differ, so that lines can be told apart without color.
 *
 * @param color hexadecimal RGB, with a contrast of at least 3:1 against white
 * @param marker SVG path about the origin
 * @param dash SVG dash array, or "none"
 */
record Stroke(String color, String marker, String dash) {

  /** Okabe and Ito's palette, which color-blind readers can tell apart, the light ones darkened. */
  static final List<String> COLORS =
      List.of(
          "#0072b2", "#d55e00", "#00805d", "#b3478c", "#000000", "#a87400", "#6b6b6b", "#2f8fc4");

  private static final List<String> MARKERS =
      List.of(
          "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z",
          "M-3.6,-3.6H3.6V3.6H-3.6Z",
          "M0,-5L5,0L0,5L-5,0Z",
          "M0,-4.8L4.6,3.4H-4.6Z",
          "M0,4.8L4.6,-3.4H-4.6Z",
          "M-1.5,-4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5V-1.5H-1.5Z",
          "M-5,-2.6H5V2.6H-5Z",
          "M0,-4.8L4.6,-1.5L2.8,3.9H-2.8L-4.6,-1.5Z");

  private static final List<String> DASHES = List.of("none", "7 4", "2 3");

  /** Looks from this one on are dashed: a chart's last lines are often its references. */
  private static final int FIRST_DASHED = 5;

  /** The look of the series at that index; unlike for the first 24. */
  static Stroke of(int index) {
    int look = index % COLORS.size();
    int dash = index / COLORS.size() + (look >= FIRST_DASHED ? 1 : 0);
    return new Stroke(COLORS.get(look), MARKERS.get(look), DASHES.get(dash % DASHES.size()));
  }
}
