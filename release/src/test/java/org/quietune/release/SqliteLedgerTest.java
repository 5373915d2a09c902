package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.accounting.ComposedEvent;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.LaplaceEvent;
import org.quietune.accounting.PoissonSubsampledGaussianEvent;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.PureDpEvent;

class SqliteLedgerTest extends LedgerContract {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("new/folder/ledger.sqlite");
  }

  @Override
  Ledger open(Clock clock) {
    return SqliteLedger.open(file(), clock);
  }

  @Override
  Connection tables() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file());
  }

  private static List<PrivacyEvent> events(Ledger ledger, String dataset) {
    return ledger.entries(dataset).stream().map(entry -> entry.charge().event()).toList();
  }

  private static Path firstFormat(Path target) throws IOException {
    try (InputStream old =
        Objects.requireNonNull(
            SqliteLedgerTest.class.getResourceAsStream("ledger-format-1.sqlite"))) {
      Files.copy(old, target);
    }
    return target;
  }

  /** The file was written by the first version, which kept neither budgets nor a head. */
  @Test
  void aLedgerOfTheFirstFormatOpensAndGoesOn() throws IOException {
    Path old = firstFormat(folder.resolve("old.sqlite"));
    for (int opening = 0; opening < 2; opening++) {
      try (Ledger ledger = SqliteLedger.open(old)) {
        assertEquals(
            List.of(
                new GaussianEvent(40),
                new GaussianEvent(Math.nextUp(4.0)),
                new PoissonSubsampledGaussianEvent(0.01, 1.5)),
            events(ledger, "icu"));
        assertEquals(
            List.of(new ComposedEvent(List.of(new LaplaceEvent(8), new PureDpEvent(0.25)))),
            events(ledger, "ward"));
        assertEquals(
            "72b4410a88559ddb8e4094c4a2a322dc66c79428fcd6bfd0cf397102b98913d8",
            ledger.read().rows().get(3).hash());
      }
    }
    try (Ledger ledger = SqliteLedger.open(old)) {
      assertEquals(5, ledger.setBudget(budget(ADD, 2, 1e-5)).sequence());
      assertEquals(6, ledger.charge(charge("icu", new GaussianEvent(30))).sequence());
    }
  }

  @Test
  void aChangedLedgerOfTheFirstFormatIsNotTakenOver() throws IOException, SQLException {
    Path old = firstFormat(folder.resolve("old.sqlite"));
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + old);
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE spend SET purpose = 'x' WHERE sequence = 2");
    }
    for (int opening = 0; opening < 2; opening++) {
      LedgerException e = assertThrows(LedgerException.class, () -> SqliteLedger.open(old));
      assertTrue(String.valueOf(e.getMessage()).contains("entry 2 does not fit"), e.getMessage());
    }
  }

  @Test
  void anotherFormatIsRefused() throws SQLException {
    open().close();
    try (Connection connection = tables();
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE head SET format = 3");
    }
    try (Ledger ledger = open()) {
      LedgerException e = assertThrows(LedgerException.class, ledger::read);
      assertTrue(String.valueOf(e.getMessage()).contains("format 3"), e.getMessage());
    }
  }

  @Test
  void manyMayCreateItAtOnce() throws Exception {
    List<Callable<Ledger.Receipt>> openings = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      openings.add(
          () -> {
            try (Ledger ledger = open()) {
              return ledger.charge(charge("icu", new GaussianEvent(1)));
            }
          });
    }
    ExecutorService pool = Executors.newFixedThreadPool(8);
    for (var done : pool.invokeAll(openings)) {
      done.get();
    }
    pool.shutdown();
    try (Ledger ledger = open()) {
      assertEquals(8, ledger.read().rows().size());
    }
    try (Stream<Path> files = Files.list(file().resolveSibling("."))) {
      assertEquals(List.of(file()), files.map(Path::normalize).toList());
    }
  }

  /** Each is a file in a ledger's place that holds no ledger: never started anew over it. */
  @Test
  void whatIsNoLedgerIsRefusedAndLeftAlone() throws IOException, SQLException {
    Path text = Files.writeString(folder.resolve("x.sqlite"), "this is not a database, by far");
    Path empty = Files.createFile(folder.resolve("empty.sqlite"));
    Path foreign = folder.resolve("foreign.sqlite");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + foreign);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (x)");
    }
    for (Path path : List.of(text, empty, foreign)) {
      byte[] before = Files.readAllBytes(path);
      LedgerException e = assertThrows(LedgerException.class, () -> SqliteLedger.open(path));
      assertTrue(
          String.valueOf(e.getMessage()).contains(path.getFileName().toString()), e.getMessage());
      assertEquals(
          new String(before, StandardCharsets.ISO_8859_1),
          Files.readString(path, StandardCharsets.ISO_8859_1));
    }
    Path missing = folder.resolve("missing.sqlite");
    assertThrows(LedgerException.class, () -> SqliteLedger.openExisting(missing));
    assertFalse(Files.exists(missing));
  }

  /**
   * Both copies are whole, so neither file alone can tell. What one has written, the other does not
   * hold: a certificate's receipt, or an export, names the copy that was not used.
   */
  @Test
  void aCopyUsedBesideItsOriginalIsToldByReceipts() throws IOException {
    try (Ledger ledger = open()) {
      ledger.setBudget(budget(ADD, 1, 0));
      ledger.charge(charge("icu", new PureDpEvent(0.25)));
    }
    Path copy = Files.copy(file(), folder.resolve("copy.sqlite"));
    Ledger.Receipt first;
    Ledger.Receipt second;
    try (Ledger original = open();
        Ledger other = SqliteLedger.open(copy)) {
      first = original.charge(charge("icu", new PureDpEvent(0.75)));
      second = other.charge(charge("icu", new PureDpEvent(0.75)));
      assertEquals(first.sequence(), second.sequence());
      assertTrue(original.read().holds(first));
      assertFalse(original.read().holds(second));
      assertFalse(other.read().holds(first));
    }
  }
}
