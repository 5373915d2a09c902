package org.quietune.report;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** GitHub-flavored Markdown. */
public final class Markdown {

  private static final String SPECIAL = "\\`*_[]<>|&~";

  private Markdown() {}

  /**
   * The table in Markdown, padded so that the source reads well too; columns of numbers are aligned
   * right. Every cell is text: characters with a meaning in Markdown are escaped, and a line break
   * inside a cell becomes a space.
   */
  public static String table(Table table) {
    List<String> header = escaped(table.header());
    List<List<String>> rows = table.rows().stream().map(Markdown::escaped).toList();
    int columns = header.size();
    int[] widths = new int[columns];
    for (int c = 0; c < columns; c++) {
      int column = c;
      widths[c] =
          rows.stream()
              .mapToInt(row -> length(row.get(column)))
              .reduce(Math.max(3, length(header.get(column))), Math::max);
    }
    boolean[] right = new boolean[columns];
    for (int c = 0; c < columns; c++) {
      right[c] = table.isNumeric(c);
    }
    StringBuilder out = new StringBuilder(line(header, widths, right));
    out.append(
        IntStream.range(0, columns)
            .mapToObj(c -> right[c] ? "-".repeat(widths[c] - 1) + ":" : "-".repeat(widths[c]))
            .collect(Collectors.joining(" | ", "| ", " |\n")));
    rows.forEach(row -> out.append(line(row, widths, right)));
    return out.toString();
  }

  private static String line(List<String> cells, int[] widths, boolean[] right) {
    return IntStream.range(0, cells.size())
        .mapToObj(
            c -> {
              String padding = " ".repeat(widths[c] - length(cells.get(c)));
              return right[c] ? padding + cells.get(c) : cells.get(c) + padding;
            })
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static List<String> escaped(List<String> cells) {
    return cells.stream().map(Markdown::escaped).toList();
  }

  private static String escaped(String cell) {
    StringBuilder out = new StringBuilder();
    cell.replaceAll("\\R", " ")
        .chars()
        .forEach(
            c -> {
              if (SPECIAL.indexOf(c) >= 0) {
                out.append('\\');
              }
              out.append((char) c);
            });
    return out.toString();
  }
}
