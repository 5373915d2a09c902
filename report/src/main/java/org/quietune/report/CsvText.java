package org.quietune.report;

import java.util.List;
import java.util.stream.Collectors;

/** Comma-separated values as RFC 4180 has them: CRLF after every record, quotes where needed. */
public final class CsvText {

  private CsvText() {}

  /** The table with its header as first record. Reading it back gives the same cells. */
  public static String of(Table table) {
    StringBuilder out = new StringBuilder(record(table.header()));
    table.rows().forEach(row -> out.append(record(row)));
    return out.toString();
  }

  private static String record(List<String> cells) {
    // A record of one empty field would be an empty line, which readers skip.
    if (cells.size() == 1 && cells.get(0).isEmpty()) {
      return "\"\"\r\n";
    }
    return cells.stream().map(CsvText::field).collect(Collectors.joining(",", "", "\r\n"));
  }

  private static String field(String cell) {
    boolean quoted = cell.chars().anyMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
    return quoted ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }
}
