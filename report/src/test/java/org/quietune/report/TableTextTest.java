package org.quietune.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TableTextTest {

  @Test
  void markdownIsPaddedAlignedAndEscaped() {
    Table table =
        new Table(
            List.of("Method", "ε = 1"),
            List.of(List.of("QEM", "0.868 ± 0.002"), List.of("a|b <i>\n*c*", "–")));
    assertEquals(
        """
        | Method           |         ε = 1 |
        | ---------------- | ------------: |
        | QEM              | 0.868 ± 0.002 |
        | a\\|b \\<i\\> \\*c\\* |             – |
        """,
        Markdown.table(table));
  }

  @Test
  void csvQuotesOnlyWhereNeeded() {
    Table table =
        new Table(
            List.of("a", "b"),
            List.of(List.of("1", "x,y"), List.of("say \"hi\"", "two\nlines"), List.of("", " ")));
    assertEquals(
        "a,b\r\n1,\"x,y\"\r\n\"say \"\"hi\"\"\",\"two\nlines\"\r\n, \r\n", CsvText.of(table));
    assertEquals("a\r\n\"\"\r\n", CsvText.of(new Table(List.of("a"), List.of(List.of("")))));
  }

  @Property
  void csvReadsBack(@ForAll @Size(min = 1, max = 4) List<String> cells) {
    Table table = new Table(cells, List.of(cells, cells));
    assertEquals(List.of(cells, cells, cells), parse(CsvText.of(table)));
  }

  @Test
  void columnsOfNumbersAreKnown() {
    for (String number : List.of("1", "-0.5", "+1.5e-7", "1,200", "0.86 ± 0.01", "50 %", "∞")) {
      assertTrue(oneColumn(number, "–", "").isNumeric(0), number);
    }
    for (String other : List.of("", "9f9f", "#11", "1 of 2", "QEM", "[1.0, 2.0]")) {
      assertFalse(oneColumn(other, "").isNumeric(0), other);
    }
    assertFalse(oneColumn("1", "x").isNumeric(0));
  }

  private static Table oneColumn(String... cells) {
    return new Table(List.of("c"), Arrays.stream(cells).map(List::of).toList());
  }

  @Test
  void raggedTablesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Table(List.of(), List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> new Table(List.of("a", "b"), List.of(List.of("1"))));
  }

  /** RFC 4180's grammar, character by character. */
  private static List<List<String>> parse(String csv) {
    List<List<String>> records = new ArrayList<>();
    List<String> record = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < csv.length(); i++) {
      char c = csv.charAt(i);
      if (quoted) {
        if (c != '"') {
          field.append(c);
        } else if (i + 1 < csv.length() && csv.charAt(i + 1) == '"') {
          field.append(csv.charAt(i++));
        } else {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',' || c == '\r') {
        record.add(field.toString());
        field.setLength(0);
        if (c == '\r') {
          i++;
          records.add(record);
          record = new ArrayList<>();
        }
      } else {
        field.append(c);
      }
    }
    return records;
  }
}
