package org.quietune.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CellStoreTest {
  private static final Cell CELL =
      new Cell(
          new Cell.Label("mlp:64", "QEM in rounds", 0.5),
          List.of(0.1, 0.4),
          List.of(0.2, 0.2),
          9,
          "{a=1}",
          1.5);

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
