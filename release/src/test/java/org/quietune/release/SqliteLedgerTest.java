package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.accounting.ComposedEvent;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;

class SqliteLedgerTest {
  @TempDir Path folder;

  private static Ledger.Charge charge(String dataset, double noiseMultiplier) {
    return new Ledger.Charge(
        dataset,
        "run 1",
        "gradient sum",
        "patient_id",
        NeighboringRelation.ADD_OR_REMOVE_ONE,
        new GaussianEvent(noiseMultiplier));
  }

  @Test
  void entriesSurviveReopeningToTheLastBit() {
    Path file = folder.resolve("new/folder/ledger.sqlite");
    double multiplier = Math.nextUp(3.7);
    Ledger.Receipt receipt;
    try (Ledger ledger = SqliteLedger.open(file)) {
      receipt = ledger.charge(charge("icu", multiplier));
    }
    try (Ledger ledger = SqliteLedger.open(file)) {
      List<Ledger.Entry> entries = ledger.entries("icu");
      assertEquals(1, entries.size());
      assertEquals(receipt, entries.get(0).receipt());
      assertEquals(charge("icu", multiplier), entries.get(0).charge());
      assertEquals(List.of(), ledger.entries("other"));
      assertEquals(2, ledger.charge(charge("other", 1)).sequence());
    }
  }

  @Test
  void composedEventsReadBackAsTheyWere() {
    var composed =
        new ComposedEvent(
            List.of(new GaussianEvent(2), new ComposedEvent(List.of(new GaussianEvent(0.1)))));
    assertEquals(composed, EventJson.read(EventJson.write(composed)));
    assertThrows(
        IllegalArgumentException.class, () -> EventJson.read("{\"type\":\"laplace-ish\"}"));
  }

  @Test
  void aChangedRowIsNamed() throws Exception {
    Path file = folder.resolve("ledger.sqlite");
    try (Ledger ledger = SqliteLedger.open(file)) {
      for (int i = 0; i < 3; i++) {
        ledger.charge(charge("icu", 1 + i));
      }
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE spend SET event = replace(event, '2.0', '9.0') WHERE sequence = 2");
    }
    try (Ledger ledger = SqliteLedger.open(file)) {
      LedgerException e = assertThrows(LedgerException.class, () -> ledger.entries("icu"));
      assertTrue(String.valueOf(e.getMessage()).contains("entry 2"), e.getMessage());
    }
  }

  @Test
  void twoProcessesWorthOfConnectionsKeepOneChain() throws Exception {
    Path file = folder.resolve("ledger.sqlite");
    try (Ledger a = SqliteLedger.open(file);
        Ledger b = SqliteLedger.open(file)) {
      List<Callable<Ledger.Receipt>> charges = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Ledger ledger = i % 2 == 0 ? a : b;
        charges.add(() -> ledger.charge(charge("icu", 1)));
      }
      var pool = Executors.newFixedThreadPool(4);
      for (var done : pool.invokeAll(charges)) {
        done.get();
      }
      pool.shutdown();
      assertEquals(20, a.entries("icu").size());
    }
  }

  @Test
  void aFileThatIsNoLedgerIsRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("x.sqlite"), "this is not a database, by far");
    LedgerException e = assertThrows(LedgerException.class, () -> SqliteLedger.open(file));
    assertTrue(String.valueOf(e.getMessage()).contains("x.sqlite"));
  }
}
