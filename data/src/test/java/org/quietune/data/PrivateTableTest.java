package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.release.InsecureAccess;
import org.quietune.release.PrivateRecords;

class PrivateTableTest {
  private static final LabelDomain BINARY = LabelDomain.classes(2);
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private final Path dir;

  PrivateTableTest(@TempDir Path dir) {
    this.dir = dir;
  }

  private static PrivateRecords<Example> seal(DataFile file) {
    return PrivateTable.seal(file, List.of("a", "b"), "y", Optional.empty(), BINARY);
  }

  private static PrivateRecords<Example> sealByUnit(DataFile file) {
    return PrivateTable.seal(file, List.of("a"), "y", Optional.of("id"), BINARY);
  }

  private static PrivateRecords.Cursor<Example> open(PrivateRecords<Example> sealed) {
    return sealed.openWithoutPrivacy(InsecureAccess.forPublishedDataOnly()).open();
  }

  @Test
  void eachRecordIsAUnitWithoutAUnitColumn() {
    PrivateRecords<Example> sealed =
        seal(Fixtures.file(dir, "a.csv", "a,b,y\n1,2,0\n1,2,0\nNaN,1e300,1\n,-inf,1\n"));
    assertEquals(
        List.of(
            List.of(Fixtures.example(0, 1, 2)),
            List.of(Fixtures.example(0, 1, 2)),
            List.of(Fixtures.example(1, NAN, INF)),
            List.of(Fixtures.example(1, NAN, -INF))),
        Fixtures.units(sealed));
    assertEquals("record", sealed.privacyUnit());
  }

  @Test
  void unitsScatteredInTheFileStandTogether() {
    PrivateRecords<Example> sealed =
        sealByUnit(
            Fixtures.file(
                dir, "a.csv", "a,id,y\n1,x,0\n2,\"it's, y\",1\n3, x ,0\n4,\"it's, y\",0\n5,z,1\n"));
    assertEquals(
        Set.of(
            Set.of(Fixtures.example(0, 1), Fixtures.example(0, 3)),
            Set.of(Fixtures.example(1, 2), Fixtures.example(0, 4)),
            Set.of(Fixtures.example(1, 5))),
        Fixtures.units(sealed).stream().map(HashSet::new).collect(Collectors.toSet()));
    assertEquals("id", sealed.privacyUnit());
  }

  @Test
  void manyUnitsStandTogetherInEveryFormat() {
    int rows = 20_000;
    String query =
        "SELECT range AS a, 'p' || (range * 7919 % 3001) AS id, range % 2 AS y FROM range("
            + rows
            + ")";
    StringBuilder csv = new StringBuilder("a,id,y\n");
    for (long i = 0; i < rows; i++) {
      csv.append(i).append(",p").append(i * 7919 % 3001).append(',').append(i % 2).append('\n');
    }
    for (DataFile file :
        List.of(
            Fixtures.file(dir, "a.csv", csv.toString()),
            Fixtures.file(dir, "a.csv.gz", csv.toString()),
            DataFile.of(Fixtures.parquet(dir, "a.parquet", query).toString()))) {
      List<List<Example>> units = Fixtures.units(sealByUnit(file));
      assertEquals(3001, units.size());
      Map<Long, Integer> seen = new HashMap<>();
      for (int u = 0; u < units.size(); u++) {
        for (Example record : units.get(u)) {
          long i = (long) record.features()[0];
          assertEquals((double) (i % 2), record.label());
          Integer first = seen.putIfAbsent(i * 7919 % 3001, u);
          assertTrue(first == null || first == u);
        }
      }
      assertEquals(rows, units.stream().mapToInt(List::size).sum());
    }
  }

  @Test
  void numericUnitsOfParquetGroupByValue() {
    Path path =
        Fixtures.parquet(dir, "a.parquet", "SELECT 1 AS a, range % 2 AS id, 0 AS y FROM range(10)");
    assertEquals(2, Fixtures.units(sealByUnit(DataFile.of(path.toString()))).size());
  }

  @Test
  void everyPassBeginsAnew() {
    PrivateRecords<Example> sealed = seal(Fixtures.file(dir, "a.csv", "a,b,y\n1,2,0\n3,4,1\n"));
    try (PrivateRecords.Cursor<Example> first = open(sealed);
        PrivateRecords.Cursor<Example> second = open(sealed)) {
      assertThrows(IllegalStateException.class, first::record);
      assertTrue(first.advance());
      Example kept = first.record();
      assertTrue(first.advance());
      assertFalse(first.advance());
      assertFalse(first.advance());
      assertThrows(IllegalStateException.class, first::record);
      assertTrue(second.advance());
      assertEquals(kept, second.record());
      assertEquals(Fixtures.example(0, 1, 2), kept);
    }
  }

  @Test
  void recordsInMemoryAreUnitsOfTheirOwn() {
    List<Example> records = List.of(Fixtures.example(0, 1), Fixtures.example(0, 1));
    PrivateRecords<Example> sealed = PrivateTable.sealInMemory(records);
    for (int pass = 0; pass < 2; pass++) {
      assertEquals(records.stream().map(List::of).toList(), Fixtures.units(sealed));
    }
    assertEquals("record", sealed.privacyUnit());
    assertEquals("PrivateRecords[unit=record]", sealed.toString());
  }

  @Test
  void refusesBadCellsBeforeAnyPass() {
    assertEquals(
        "a.csv line 3, column 'b': 'abc' is not a number",
        Fixtures.refusal(dir, () -> seal(Fixtures.file(dir, "a.csv", "a,b,y\n1,2,0\n1,abc,0\n"))));
    assertEquals(
        "a.csv line 3, column 'y': label '2' is not a class 0 to 1",
        Fixtures.refusal(dir, () -> seal(Fixtures.file(dir, "a.csv", "a,b,y\n1,2,0\n1,2,2\n"))));
    assertEquals(
        "a.csv line 2, column 'y': the label is missing",
        Fixtures.refusal(dir, () -> seal(Fixtures.file(dir, "a.csv", "a,b,y\n1,2,\n"))));
    assertEquals(
        "a.csv line 3: 2 cells, but the header names 3 columns",
        Fixtures.refusal(dir, () -> seal(Fixtures.file(dir, "a.csv", "a,b,y\n1,2,0\n1,2\n"))));
  }

  @Test
  void refusesBadUnits() {
    assertEquals(
        "a.csv line 3, column 'id': the privacy unit is missing",
        Fixtures.refusal(
            dir, () -> sealByUnit(Fixtures.file(dir, "a.csv", "a,id,y\n1,x,0\n1, ,0\n"))));
    assertEquals(
        "b.parquet row 1, column 'id': the privacy unit is missing",
        Fixtures.refusal(
            dir,
            () ->
                sealByUnit(
                    DataFile.of(
                        Fixtures.parquet(
                                dir, "b.parquet", "SELECT 1 AS a, NULL::VARCHAR AS id, 0 AS y")
                            .toString()))));
    assertEquals(
        "a.csv: no column 'id' (columns: 'a', 'patient', 'y')",
        Fixtures.refusal(
            dir, () -> sealByUnit(Fixtures.file(dir, "a.csv", "a,patient,y\n1,x,0\n"))));
    assertEquals(
        "a.csv: column 'y' is both the unit and the label",
        Fixtures.refusal(
            dir,
            () ->
                PrivateTable.seal(
                    Fixtures.file(dir, "a.csv", "a,y\n1,0\n"),
                    List.of("a"),
                    "y",
                    Optional.of("y"),
                    BINARY)));
  }

  @Test
  void refusesAPassOverAChangedFile() throws IOException {
    PrivateRecords<Example> sealed = seal(Fixtures.file(dir, "a.csv", "a,b,y\n1,2,0\n"));
    Files.setLastModifiedTime(dir.resolve("a.csv"), FileTime.fromMillis(1));
    assertEquals(
        "a.csv has changed since it was opened: start again",
        Fixtures.refusal(dir, () -> open(sealed)));
  }

  @Test
  void saysNothingAboutTheRecords() {
    DataFile one = Fixtures.file(dir, "a.csv", "a,b,y\n1,2,0\n");
    DataFile many = Fixtures.file(dir, "b.csv", "a,b,y\n1,2,0\n7,8,1\n9,9,1\n");
    assertEquals(seal(one).toString(), seal(many).toString());
  }

  @Test
  void leavesNoSpillDirectory() {
    // Names so long that a sort of few rows has to write.
    StringBuilder text = new StringBuilder("a,id,y\n");
    for (int i = 0; i < 3_000; i++) {
      text.append(i).append(',').append(i % 7).append("x".repeat(10_000)).append(",0\n");
    }
    PrivateRecords<Example> sealed = sealByUnit(Fixtures.file(dir, "a.csv", text.toString()));
    Set<Path> during = new HashSet<>();
    Set<Path> before = SpillDirectory.open();
    try (PrivateRecords.Cursor<Example> cursor = open(sealed)) {
      assertTrue(cursor.advance());
      during.addAll(SpillDirectory.open());
      during.removeAll(before);
      assertEquals(1, during.size());
      assertTrue(during.stream().allMatch(Files::exists));
    }
    assertTrue(during.stream().noneMatch(Files::exists));
  }
}
