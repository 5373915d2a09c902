package org.quietune.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CellStoreTest {
  private static final Cell CELL =
      new Cell(
          new Cell.Label("mlp:64", "QEM in rounds", 0.5),
          Map.of("auroc", List.of(0.1, 0.4), "auprc", List.of(0.2, 0.2)),
          9,
          "{a=1}",
          1.5,
          List.of(new Cell.Trial("Method[a=1]", "{a=1}", 9, 0.3)));

  @Test
  void aFinishedCellIsNotComputedAgain(@TempDir Path folder) throws IOException {
    new CellStore(folder).get(CELL.label().toString(), () -> CELL);
    Cell read =
        new CellStore(folder)
            .get(
                CELL.label().toString(),
                () -> {
                  throw new AssertionError("computed again");
                });
    assertEquals(CELL, read);
  }

  /** As cells of long experiments lie on disks already: a metric is a field of its own. */
  @Test
  void readsAndWritesMetricsAsFields(@TempDir Path folder) throws IOException {
    String file =
        """
        {"label":{"model":"logistic","method":"dp-gd","epsilon":1.0},"auprc":[0.1,0.2],\
        "auroc":[0.5,0.6],"passes":3,"settings":"{}","seconds":2.5}""";
    Files.writeString(folder.resolve("c.json"), file);
    Cell cell =
        new CellStore(folder)
            .get(
                "c",
                () -> {
                  throw new AssertionError("computed again");
                });
    assertEquals(List.of(0.5, 0.6), cell.values("auroc"));
    assertEquals(0.15, cell.mean("auprc"), 1e-15);
    assertEquals(3, cell.passes());
    assertEquals(List.of(), cell.trials());
    new CellStore(folder).get("d", () -> cell);
    assertEquals(file, Files.readString(folder.resolve("d.json")));
  }

  @Test
  void whatIsDoneOfACellIsKeptUntilItIsFinished(@TempDir Path folder) throws IOException {
    String name = CELL.label().toString();
    Cell begun = Cell.begun(CELL.label()).with(CELL.trials().get(0));
    new CellStore(folder).progress(name).keep(begun);
    CellStore store = new CellStore(folder);
    assertEquals(Optional.of(begun), store.progress(name).done());
    assertEquals(Optional.empty(), store.find(name));
    Cell more = begun.with(Map.of("auroc", 0.1), 9, "{a=1}", 1.5);
    store.progress(name).keep(more);
    assertEquals(Optional.of(more), store.progress(name).done());
    assertEquals(1, more.seeds());
    assertEquals(CELL, store.get(name, () -> CELL));
    assertEquals(Optional.empty(), store.progress(name).done());
  }

  /** Cells of versions whose trials did not name their members are still read. */
  @Test
  void readsTrialsWithoutMembers(@TempDir Path folder) throws IOException {
    String file =
        """
        {"label":{"model":"logistic","method":"dp-gd","epsilon":1.0},"auroc":[0.5],"passes":3,\
        "settings":"{}","seconds":2.5,"trials":[{"settings":"{a=1}","passes":9,"score":0.3}]}""";
    Files.writeString(folder.resolve("c.json"), file);
    CellStore store = new CellStore(folder);
    Cell cell = store.find("c").orElseThrow();
    assertEquals(List.of(new Cell.Trial("", "{a=1}", 9, 0.3)), cell.trials());
    store.get("d", () -> cell);
    assertEquals(file, Files.readString(folder.resolve("d.json")));
  }

  @Test
  void aFailedCellIsNotKept(@TempDir Path folder) throws IOException {
    CellStore store = new CellStore(folder);
    assertThrows(
        IllegalStateException.class,
        () ->
            store.get(
                "x",
                () -> {
                  throw new IllegalStateException("broke");
                }));
    assertEquals(CELL, store.get("x", () -> CELL));
  }

  @Test
  void meanAndSampleDeviation() {
    assertEquals(2, Cell.mean(List.of(1.0, 2.0, 3.0)), 1e-15);
    assertEquals(1, Cell.deviation(List.of(1.0, 2.0, 3.0)), 1e-15);
    assertEquals(0, Cell.deviation(List.of(5.0)));
  }
}
