package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataFileTest {
  private final Path dir;

  DataFileTest(@TempDir Path dir) {
    this.dir = dir;
  }

  private String refused(String name) {
    return Fixtures.refusal(dir, () -> DataFile.of(dir.resolve(name).toString()));
  }

  private String refused(String name, String text) {
    Fixtures.write(dir, name, text);
    return refused(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.csv", "A.CSV", "a.csv.gz", "it's.csv", "s p é.csv", "a.b.csv"})
  void readsColumnNames(String name) {
    DataFile file = Fixtures.file(dir, name, "age,\"heart, rate\",died\n1,2,0\n");
    assertEquals(List.of("age", "heart, rate", "died"), file.columns());
  }

  @Test
  void readsColumnNamesOfParquet() {
    Path path = Fixtures.parquet(dir, "a.PARQUET", "SELECT 1 AS \"it's\", 2 AS \"q\"\"x\"");
    assertEquals(List.of("it's", "q\"x"), DataFile.of(path.toString()).columns());
  }

  @Test
  void skipsByteOrderMark() {
    assertEquals(
        List.of("age", "died"), Fixtures.file(dir, "a.csv", "\uFEFFage,died\n1,0\n").columns());
  }

  @Test
  void refusesMissingFile() {
    assertEquals("no such file: none.csv", refused("none.csv"));
    assertEquals("no such file: none.parquet", refused("none.parquet"));
  }

  @Test
  void refusesPathWithNul() {
    assertEquals("no such file: a b.csv", Fixtures.refusal(dir, () -> DataFile.of("a\0b.csv")));
  }

  @ParameterizedTest
  @CsvSource({"a.txt", "a.csv.zip", "a", "csv"})
  void refusesUnknownKind(String name) {
    assertEquals(
        name
            + ": unknown kind of file (known: .csv, .csv.gz, .parquet, idx:IMAGES,LABELS, a folder of images)",
        refused(name, "a\n1\n"));
  }

  @Test
  void refusesDirectory() throws IOException {
    Files.createDirectory(dir.resolve("d.csv"));
    assertEquals("d.csv is a directory", refused("d.csv"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\n\n", "\uFEFF"})
  void refusesEmptyFile(String text) {
    assertEquals("a.csv is empty", refused("a.csv", text));
    assertEquals("a.csv.gz is empty", refused("a.csv.gz", text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a,b", "a,b\n", "a,b\r\n\r\n"})
  void refusesHeaderOnly(String text) {
    assertEquals("a.csv has a header but no rows", refused("a.csv", text));
  }

  @Test
  void refusesParquetWithoutRows() {
    Fixtures.parquet(dir, "a.parquet", "SELECT 1 AS a WHERE false");
    assertEquals("a.parquet has columns but no rows", refused("a.parquet"));
  }

  @Test
  void refusesBlankHeader() {
    assertEquals("a.csv line 1: the header is blank", refused("a.csv", "\na,b\n1,2\n"));
  }

  @Test
  void refusesDuplicateColumns() {
    assertEquals("a.csv: two columns are named 'age'", refused("a.csv", "age,x,age\n1,2,3\n"));
  }

  @Test
  void keepsColumnsThatDifferInCase() {
    DataFile file = Fixtures.file(dir, "a.csv", "k,K,y\n1,2,0\n3,4,1\n");
    PublicTable table = PublicTable.read(file, "y", Set.of());
    assertEquals(Fixtures.example(0, 1, 2), table.row(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a;b\n1;2\n", "a\tb\n1\t2\n", "a|b\n1|2\n"})
  void refusesOtherSeparators(String text) {
    assertEquals(
        "a.csv line 1: the columns of a CSV file have to be separated by commas",
        refused("a.csv", text));
  }

  @Test
  void refusesUtf16() {
    Fixtures.write(dir, "a.csv", "\uFEFFa,b\n1,2\n".getBytes(StandardCharsets.UTF_16LE));
    assertEquals("a.csv is UTF-16 text: save it as UTF-8", refused("a.csv"));
  }

  @Test
  void refusesHeaderThatIsNotUtf8() {
    Fixtures.write(dir, "a.csv", new byte[] {'a', ',', (byte) 0xE9, '\n', '1', ',', '2', '\n'});
    assertEquals("a.csv line 1: the text is not UTF-8", refused("a.csv"));
  }

  @Test
  void refusesWhatIsNoGzip() throws IOException {
    Files.writeString(dir.resolve("a.csv.gz"), "a,b\n1,2\n");
    assertEquals("a.csv.gz is not a whole gzip file", refused("a.csv.gz"));
  }

  @Test
  void refusesWhatIsNoParquet() throws IOException {
    Files.writeString(dir.resolve("a.parquet"), "a,b\n1,2\n");
    assertTrue(refused("a.parquet").startsWith("a.parquet could not be read as Parquet: "));
  }

  @Test
  void refusesTornParquet() throws IOException {
    Path path = Fixtures.parquet(dir, "a.parquet", "SELECT range AS a FROM range(1000)");
    byte[] whole = Files.readAllBytes(path);
    Files.write(path, Arrays.copyOf(whole, whole.length / 2));
    String message = refused("a.parquet");
    assertTrue(message.startsWith("a.parquet could not be read as Parquet: "), message);
    assertEquals(1, message.lines().count());
  }

  /** A stream of rows that breaks off must not pass for a short file. */
  @Test
  void refusesParquetThatIsDamagedFarFromItsStart() throws IOException {
    Path path =
        Fixtures.parquet(
            dir,
            "a.parquet",
            "SELECT (range // 3)::DOUBLE AS a, range % 2 AS y FROM range(500000)");
    byte[] bytes = Files.readAllBytes(path);
    Arrays.fill(bytes, bytes.length / 10 * 7, bytes.length / 10 * 7 + 9_000, (byte) 0xFF);
    Files.write(path, bytes);
    DataFile file = DataFile.of(path.toString());
    String message = Fixtures.refusal(dir, () -> PublicTable.read(file, "y", Set.of()));
    assertTrue(message.startsWith("a.parquet could not be read as Parquet: "), message);
  }

  @Test
  void namesNearColumns() {
    DataFile file = Fixtures.file(dir, "a.csv", "Age,heart_rate,died\n1,2,0\n");
    assertEquals(
        "a.csv: no column 'age' (near: 'Age')", Fixtures.refusal(dir, () -> file.indexOf("age")));
    assertEquals(
        "a.csv: no column 'heartrate' (near: 'heart_rate')",
        Fixtures.refusal(dir, () -> file.indexOf("heartrate")));
    assertEquals(
        "a.csv: no column 'lactate' (columns: 'Age', 'heart_rate', 'died')",
        Fixtures.refusal(dir, () -> file.indexOf("lactate")));
  }

  @Test
  void cutsTheListOfColumns() {
    DataFile file = Fixtures.file(dir, "a.csv", "c00,c01,c02,c03,c04,c05,c06,c07,c08\n,,,,,,,,\n");
    assertEquals(
        "a.csv: no column 'lactate' (columns: 'c00', 'c01', 'c02', 'c03', 'c04', 'c05', 'c06',"
            + " 'c07' and 1 more)",
        Fixtures.refusal(dir, () -> file.indexOf("lactate")));
  }

  @Test
  void refusesFileThatChanged() throws IOException {
    DataFile file = Fixtures.file(dir, "a.csv", "a,y\n1,0\n");
    Files.setLastModifiedTime(dir.resolve("a.csv"), FileTime.fromMillis(1));
    assertEquals(
        "a.csv has changed since it was opened: start again",
        Fixtures.refusal(dir, () -> PublicTable.read(file, List.of("a"), "y")));
  }

  @Test
  void messageIsOneLineWhateverTheFileHolds() {
    String message = refused("a.csv", "\"x\n\u2028y\",\"x\n\u2028y\"\n1,2\n");
    assertEquals("a.csv: two columns are named 'x  y'", message);
  }
}
