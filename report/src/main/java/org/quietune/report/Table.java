package org.quietune.report;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Text in rows and columns.
 *
 * @param header column names; at least one
 * @param rows each with one cell per column
 */
public record Table(List<String> header, List<List<String>> rows) {

  private static final Pattern NUMBER =
      Pattern.compile(
          "[-+−]?(\\d[\\d.,]*([eE][-+]?\\d+)?|∞)( ± \\d[\\d.,]*([eE][-+]?\\d+)?)?( %)?");

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

  /** True when the column holds numbers, also such as "0.86 ± 0.01" and "50 %", and blanks only. */
  boolean isNumeric(int column) {
    List<String> cells =
        rows.stream()
            .map(row -> row.get(column).strip())
            .filter(cell -> !cell.isEmpty() && !cell.equals("–"))
            .toList();
    return !cells.isEmpty() && cells.stream().allMatch(cell -> NUMBER.matcher(cell).matches());
  }
}
