package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublicTableTest {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private final Path dir;

  PublicTableTest(@TempDir Path dir) {
    this.dir = dir;
  }

  private PublicTable read(String text) {
    return PublicTable.read(Fixtures.file(dir, "a.csv", text), "y", Set.of());
  }

  private String refused(String text) {
    return Fixtures.refusal(dir, () -> read(text));
  }

  @Test
  void readsCsvAndGzipAlike() {
    String text = "a,b,y\n1,2.5,0\n-3,,1\n";
    List<Example> expected = List.of(Fixtures.example(0, 1, 2.5), Fixtures.example(1, -3, NAN));
    for (String name : List.of("t.csv", "t.csv.gz")) {
      PublicTable table = PublicTable.read(Fixtures.file(dir, name, text), "y", Set.of());
      assertEquals(List.of("a", "b"), table.columns());
      assertEquals(expected, table.rows());
      assertEquals(2, table.size());
    }
  }

  @Test
  void readsParquetOfEveryNumericType() {
    Path path =
        Fixtures.parquet(
            dir,
            "t.parquet",
            """
            SELECT 1::TINYINT AS a, 2::BIGINT AS b, 3::UINTEGER AS c, 2.5::DECIMAL(5,2) AS d,
                   1e300::DOUBLE AS e, 0.5::FLOAT AS f, true AS g, NULL::INTEGER AS h,
                   'NaN'::DOUBLE AS i, 7::HUGEINT AS j, 'x' AS name, 1::SMALLINT AS y""");
    PublicTable table = PublicTable.read(DataFile.of(path.toString()), "y", Set.of("name"));
    assertEquals(List.of(Fixtures.example(1, 1, 2, 3, 2.5, INF, .5, 1, NAN, NAN, 7)), table.rows());
  }

  @ParameterizedTest
  @CsvSource({
    "1e300, Infinity",
    "-1e300, -Infinity",
    "1e400, Infinity",
    "1e-400, 0",
    "NaN, NaN",
    "nan, NaN",
    "inf, Infinity",
    "-inf, -Infinity",
    "Infinity, Infinity",
    "+5, 5",
    "1E+2, 100",
    ".5, 0.5",
    "' 7 ', 7",
    "'   ', NaN",
    "'\"\"', NaN",
    "'\"3\"', 3",
    "true, 1",
    "FALSE, 0"
  })
  void acceptsAsFeature(String cell, double expected) {
    assertEquals(Fixtures.example(1, expected, 4), read("a,b,y\n" + cell + ",4,1\n").row(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "NA", "1;5", "0x1F", "1d", "1 2", "t", "null", "-", "2020-01-01"})
  void refusesTextAmongNumbers(String cell) {
    assertEquals(
        "a.csv line 3, column 'b': '" + cell + "' is not a number",
        refused("a,b,y\n1,2,0\n1," + cell + ",1\n"));
  }

  @Test
  void countsLinesThroughBlankLinesAndQuotedLineBreaks() {
    String text = "a,note,b,y\n\n1,\"two\n\nlines\",3,0\n\n1,x,2,0\n1,x, abc ,0\n";
    DataFile file = Fixtures.file(dir, "a.csv", text);
    assertEquals(
        "a.csv line 8, column 'b': 'abc' is not a number",
        Fixtures.refusal(dir, () -> PublicTable.read(file, List.of("a", "b"), "y")));
  }

  @Test
  void ignoresTextInExcludedAndUnchosenColumns() {
    DataFile file = Fixtures.file(dir, "a.csv", "name,a,y\nAnn,1,0\n\"B,\nob\",2,1\n");
    List<Example> expected = List.of(Fixtures.example(0, 1), Fixtures.example(1, 2));
    assertEquals(expected, PublicTable.read(file, "y", Set.of("name")).rows());
    assertEquals(expected, PublicTable.read(file, List.of("a"), "y").rows());
  }

  /** No label column, empty labels, labels of any text: none is read. */
  @ParameterizedTest
  @ValueSource(strings = {"b,a\n2,1\n,3\n", "y,b,a\n,2,1\n,,3\n", "y,b,a\nwho,2,1\n7,,3\n"})
  void readsInputsWithoutLabels(String text) {
    DataFile file = Fixtures.file(dir, "a.csv", text);
    List<Example> expected = List.of(Fixtures.example(NAN, 1, 2), Fixtures.example(NAN, 3, NAN));
    assertEquals(expected, PublicTable.unlabelled(file, List.of("a", "b")).rows());
  }

  @Test
  void refusesInputsThatLackAColumnOrAreNoNumbers() {
    DataFile file = Fixtures.file(dir, "a.csv", "a,b\n1,x\n");
    assertEquals(
        "a.csv line 2, column 'b': 'x' is not a number",
        Fixtures.refusal(dir, () -> PublicTable.unlabelled(file, List.of("a", "b"))));
    assertTrue(
        Fixtures.refusal(dir, () -> PublicTable.unlabelled(file, List.of("a", "c")))
            .startsWith("a.csv: no column 'c'"));
  }

  @Test
  void givesFeaturesInTheOrderAskedFor() {
    DataFile file = Fixtures.file(dir, "a.csv", "y,a,b,c\n1,2,3,4\n");
    PublicTable table = PublicTable.read(file, List.of("c", "a"), "y");
    assertEquals(List.of("c", "a"), table.columns());
    assertEquals(Fixtures.example(1, 4, 2), table.row(0));
  }

  @ParameterizedTest
  @CsvSource({
    "'', the label is missing",
    "' ', the label is missing",
    "NaN, label 'NaN' is not a class 0 to 1",
    "2, label '2' is not a class 0 to 1",
    "-1, label '-1' is not a class 0 to 1",
    "0.5, label '0.5' is not a class 0 to 1",
    "inf, label 'inf' is not a class 0 to 1",
    "yes, 'yes' is not a number"
  })
  void refusesLabelOutsideTheClasses(String label, String reason) {
    DataFile file = Fixtures.file(dir, "a.csv", "a,y\n1,0\n1," + label + "\n");
    assertEquals(
        "a.csv line 3, column 'y': " + reason,
        Fixtures.refusal(
            dir, () -> PublicTable.read(file, List.of("a"), "y", LabelDomain.classes(2))));
  }

  @Test
  void acceptsLabelsThatMeanAClass() {
    PublicTable table = read("a,y\n1,1.0\n1,true\n1,false\n1,-0\n1,1e0\n");
    assertEquals(List.of(1., 1., 0., -0., 1.), table.rows().stream().map(Example::label).toList());
  }

  @Test
  void refusesFractionalLabelEvenOfUnknownClasses() {
    assertEquals(
        "a.csv line 2, column 'y': label '0.5' is not a class 0, 1, 2, …", refused("a,y\n1,0.5\n"));
  }

  @Test
  void refusesMissingColumns() {
    DataFile file = Fixtures.file(dir, "a.csv", "age,y\n1,0\n");
    assertEquals(
        "a.csv: no column 'agee' (near: 'age')",
        Fixtures.refusal(dir, () -> PublicTable.read(file, List.of("agee"), "y")));
    assertEquals(
        "a.csv: no column 'label' (columns: 'age', 'y')",
        Fixtures.refusal(dir, () -> PublicTable.read(file, List.of("age"), "label")));
    assertEquals(
        "a.csv: no column 'ages' (near: 'age')",
        Fixtures.refusal(dir, () -> PublicTable.read(file, "y", Set.of("ages"))));
    assertEquals(
        "a.csv: no feature columns besides the label 'y'",
        Fixtures.refusal(dir, () -> PublicTable.read(file, "y", Set.of("age"))));
    assertEquals(
        "a.csv: column 'y' is both a feature and the label",
        Fixtures.refusal(dir, () -> PublicTable.read(file, List.of("age", "y"), "y")));
  }

  @Test
  void refusesTextColumnsOfParquet() {
    Path path =
        Fixtures.parquet(
            dir, "t.parquet", "SELECT 1 AS a, '5' AS b, DATE '2020-01-01' AS d, 0 AS y");
    DataFile file = DataFile.of(path.toString());
    assertEquals(
        "t.parquet, column 'b': type VARCHAR where numbers are needed",
        Fixtures.refusal(dir, () -> PublicTable.read(file, List.of("a", "b"), "y")));
    assertEquals(
        "t.parquet, column 'd': type DATE where numbers are needed",
        Fixtures.refusal(dir, () -> PublicTable.read(file, List.of("d"), "y")));
    assertEquals(
        "t.parquet, column 'b': type VARCHAR where numbers are needed",
        Fixtures.refusal(dir, () -> PublicTable.read(file, List.of("a"), "b")));
  }

  @Test
  void namesRowsOfParquet() {
    Path path =
        Fixtures.parquet(
            dir,
            "t.parquet",
            "SELECT 1 AS a, CASE WHEN range = 3000 THEN 5 END AS y FROM range(4000)");
    DataFile file = DataFile.of(path.toString());
    assertEquals(
        "t.parquet row 1, column 'y': the label is missing",
        Fixtures.refusal(dir, () -> PublicTable.read(file, List.of("a"), "y")));
    Path late =
        Fixtures.parquet(
            dir,
            "u.parquet",
            "SELECT 1 AS a, CASE WHEN range = 3000 THEN 5 ELSE 0 END AS y FROM range(4000)");
    assertEquals(
        "u.parquet row 3001, column 'y': label '5' is not a class 0 to 1",
        Fixtures.refusal(
            dir,
            () ->
                PublicTable.read(
                    DataFile.of(late.toString()), List.of("a"), "y", LabelDomain.classes(2))));
  }

  @ParameterizedTest
  @CsvSource({
    "'1,2,0\n3,1\n', 'line 3: 2 cells, but the header names 3 columns'",
    "'1,2,0\n3\n', 'line 3: 1 cell, but the header names 3 columns'",
    "'1,2,0\n\n1,2,3,4\n', 'line 4: 4 cells, but the header names 3 columns'",
    "'1,2,0\n1,\"2,0\n1,2,0\n', 'line 3: a quote is opened and never closed'",
    "'1,2,0\n1,\"2\"2,0\n', 'line 3: text follows a closing quote'",
    "'1,2,0\n1,2,0\r\n', 'line 3: ends in CRLF, but the lines before it end in LF'"
  })
  void refusesMalformedCsv(String rows, String reason) {
    assertEquals("a.csv " + reason, refused("a,b,y\n" + rows));
  }

  @Test
  void refusesRowsThatAreNotUtf8() {
    Path path =
        Fixtures.write(dir, "a.csv", "a,b,y\n1,2,0\n1,é,0\n".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        "a.csv line 3: the text is not UTF-8",
        Fixtures.refusal(dir, () -> PublicTable.read(DataFile.of(path.toString()), "y", Set.of())));
  }

  @Test
  void refusesTornGzip() throws IOException {
    StringBuilder text = new StringBuilder("a,y\n");
    for (int i = 0; i < 200_000; i++) {
      text.append(i * 7919L % 100_003).append(",0\n");
    }
    Path path = Fixtures.write(dir, "a.csv.gz", text.toString());
    byte[] whole = Files.readAllBytes(path);
    Files.write(path, Arrays.copyOf(whole, whole.length / 2));
    assertEquals(
        "a.csv.gz is not a whole gzip file",
        Fixtures.refusal(dir, () -> PublicTable.read(DataFile.of(path.toString()), "y", Set.of())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a,y\r\n1,0\r\n2,1\r\n", "a,y\r1,0\r2,1\r", "a,y\n1,0\n\n2,1", "a,y\n1,0,\n2,1"})
  void readsEveryLineEnd(String text) {
    assertEquals(List.of(Fixtures.example(0, 1), Fixtures.example(1, 2)), read(text).rows());
  }

  @ParameterizedTest
  @ValueSource(strings = {"s*.csv", "s?.csv", "s[1].csv", "it's.csv", "{a,b}.csv", "-.csv"})
  void readsThisFileAndNoOtherThatItsNameMatchesAsAPattern(String name) {
    Fixtures.write(dir, "s1.csv", "a,y\n9,1\n");
    DataFile file = Fixtures.file(dir.resolve("it's [x] year=5"), name, "a,y\n1,0\n");
    Fixtures.write(dir.resolve("it's [x] year=5"), "s1.csv", "a,y\n9,1\n");
    assertEquals(List.of(Fixtures.example(0, 1)), PublicTable.read(file, "y", Set.of()).rows());
  }

  @Test
  void readsFileWithABackslashInItsName() {
    assumeTrue(
        dir.getFileSystem().getSeparator().equals("/"),
        "a backslash parts folders here and cannot be in a name");
    assertEquals(
        1, PublicTable.read(Fixtures.file(dir, "b\\s.csv", "a,y\n1,0\n"), "y", Set.of()).size());
  }

  @Test
  void readsHostileColumnNames() {
    String header = "\"it's\",\"a\"\"b\",\"); DROP TABLE t; --\",c0,\"é,\",\"\",y";
    PublicTable table = read(header + "\n1,2,3,4,5,6,1\n");
    assertEquals(List.of("it's", "a\"b", "); DROP TABLE t; --", "c0", "é,", ""), table.columns());
    assertEquals(Fixtures.example(1, 1, 2, 3, 4, 5, 6), table.row(0));
  }

  @Test
  void makesTablesOfRowsAtHand() {
    PublicTable table = PublicTable.of(List.of("a"), List.of(Fixtures.example(0, 1)));
    assertEquals(Fixtures.example(0, 1), table.row(0));
    assertThrows(
        IllegalArgumentException.class,
        () -> PublicTable.of(List.of("a", "b"), List.of(Fixtures.example(0, 1))));
    assertThrows(
        IllegalArgumentException.class, () -> PublicTable.of(List.of("a", "a"), List.of()));
  }

  @Test
  void exampleDoesNotShowItsValues() {
    assertEquals("Example[2 features]", Fixtures.example(1, 5, 6).toString());
    assertTrue(Fixtures.example(1, 5).equals(Fixtures.example(1, 5)));
  }
}
