package org.quietune.experiments;

/** A cell that may be run. */
public record Coordinate(Sheet sheet, Row row, double epsilon) {

  Cell.Label label() {
    return new Cell.Label(sheet.label(), row.name(), epsilon);
  }
}
