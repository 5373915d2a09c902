package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.accounting.NeighboringRelation;

class FolderSumStoreTest {
  @TempDir Path folder;

  private static NoisySum sum() {
    SumPlan plan =
        new SumPlan(
            "p",
            3,
            new L2Clip(0.1),
            new GaussianNoise(Math.nextUp(2.5)),
            NeighboringRelation.REPLACE_ONE);
    return new NoisySum(
        plan,
        new long[] {Long.MIN_VALUE, 0, 12345678901L},
        new Ledger.Receipt(4, "abc"),
        "a source",
        true);
  }

  @Test
  void whatIsReadBackIsWhatWasStored() throws Exception {
    NoisySum stored = new FolderSumStore(folder.resolve("sums")).storeAndReadBack("r1", sum());
    assertEquals(sum().plan(), stored.plan());
    assertEquals(sum().receipt(), stored.receipt());
    assertEquals("a source", stored.noiseSource());
    assertArrayEquals(sum().cells(), stored.cells());
    assertArrayEquals(new String[] {"r1.json"}, folder.resolve("sums").toFile().list());
  }

  @Test
  void aStoredSumIsNeverOverwritten() {
    FolderSumStore store = new FolderSumStore(folder);
    store.storeAndReadBack("r1", sum());
    assertThrows(IllegalStateException.class, () -> store.storeAndReadBack("r1", sum()));
  }

  @Test
  void everyChangedByteAndEveryCutIsNoticed() throws Exception {
    new FolderSumStore(folder).storeAndReadBack("r1", sum());
    Path file = folder.resolve("r1.json");
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= 1;
      Files.write(file, changed);
      assertThrows(IOException.class, () -> FolderSumStore.read(file), "byte " + i);
      byte[] cut = Arrays.copyOf(whole, i);
      Files.write(file, cut);
      assertThrows(IOException.class, () -> FolderSumStore.read(file), "cut at " + i);
    }
  }
}
