package org.quietune.geometry;

import org.quietune.model.GradientReduction;

/**
 * The way of a private record's gradient to its coordinates: reduced tensor by tensor inside the
 * backward pass, then mapped row by row. Both work on one record at a time, in a fixed order of
 * strict operations (docs/theory.md §3.5).
 *
 * @param reduction what the pass applies
 * @param map from what it leaves to the coordinates
 */
public record GradientCoordinates(GradientReduction reduction, RowMap map) {

  /** Number of coordinates. */
  public int dimension() {
    return map.dimension();
  }
}
