package org.quietune.report;

import java.util.List;

/**
 * Text in rows and columns.
 *
 * @param header column names; at least one
 * @param rows each with one cell per column
 */
public record Table(List<String> header, List<List<String>> rows) {

  public Table {
    header = List.copyOf(header);
    if (header.isEmpty()) {
      throw new IllegalArgumentException("header must name at least one column: " + header);
    }
    for (List<String> row : rows) {
      if (row.size() != header.size()) {
        throw new IllegalArgumentException(
            "rows must have " + header.size() + " cells each: " + row.size());
      }
    }
    rows = rows.stream().map(List::copyOf).toList();
  }

  /** True when every cell of the column that is not blank begins as a number does. */
  boolean isNumeric(int column) {
    boolean seen = false;
    for (List<String> row : rows) {
      String cell = row.get(column).strip();
      if (cell.isEmpty() || cell.equals("–")) {
        continue;
      }
      if (!cell.matches("[-+−]?(\\d.*|∞)")) {
        return false;
      }
      seen = true;
    }
    return seen;
  }
}
