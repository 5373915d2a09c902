package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.BoundedRangeEvent;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.LaplaceEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PoissonSubsampledGaussianEvent;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.PureDpEvent;
import org.quietune.accounting.TightAccountant;

/** What every ledger does, whatever database keeps it. */
abstract class LedgerContract {
  static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;
  static final NeighboringRelation REPLACE = NeighboringRelation.REPLACE_ONE;
  private static final double DELTA = 1e-5;

  /** Opens the test's ledger; the first call creates it. */
  abstract Ledger open(Clock clock);

  /** The tables, past the ledger; {@code spend} and {@code head} are found without a schema. */
  abstract Connection tables() throws SQLException;

  final Ledger open() {
    return open(Clock.systemUTC());
  }

  static Ledger.Charge charge(String dataset, PrivacyEvent event) {
    return charge(dataset, "patient_id", ADD, event);
  }

  static Ledger.Charge charge(
      String dataset, String unit, NeighboringRelation relation, PrivacyEvent event) {
    return new Ledger.Charge(dataset, "run 1", "gradient sum", unit, relation, event);
  }

  static Ledger.Budget budget(NeighboringRelation relation, double epsilon, double delta) {
    return new Ledger.Budget("icu", "patient_id", relation, epsilon, delta);
  }

  private static <E extends LedgerException> String refusal(Class<E> kind, Runnable what) {
    return String.valueOf(assertThrows(kind, what::run).getMessage());
  }

  private static void assertHolds(String message, String... parts) {
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' is not in: " + message);
    }
    assertEquals(1, message.lines().count(), message);
  }

  @Test
  void entriesSurviveReopeningToTheLastBit() {
    PrivacyEvent event = new GaussianEvent(Math.nextUp(3.7));
    Ledger.Receipt receipt;
    Ledger.Receipt set;
    try (Ledger ledger = open()) {
      receipt = ledger.charge(charge("icu", event));
      set = ledger.setBudget(budget(ADD, Math.nextUp(8.1), DELTA));
    }
    try (Ledger ledger = open()) {
      LedgerBook book = ledger.read();
      assertEquals(1, book.entries("icu").size());
      assertEquals(receipt, book.entries("icu").get(0).receipt());
      assertEquals(charge("icu", event), book.entries("icu").get(0).charge());
      assertEquals(budget(ADD, Math.nextUp(8.1), DELTA), book.budget("icu").orElseThrow());
      assertEquals(List.of(), ledger.entries("other"));
      assertEquals(set, book.head());
      assertTrue(book.holds(receipt));
      assertFalse(book.holds(new Ledger.Receipt(1, set.hash())));
      assertFalse(book.holds(new Ledger.Receipt(3, set.hash())));
      assertEquals(3, ledger.charge(charge("other", event)).sequence());
    }
  }

  @Test
  void aBudgetIsSetOnce() {
    try (Ledger ledger = open()) {
      ledger.setBudget(budget(ADD, 1, DELTA));
      String message =
          refusal(BudgetRefusedException.class, () -> ledger.setBudget(budget(ADD, 2, DELTA)));
      assertHolds(message, "'icu'", "ε = 1.0", "set once");
      assertEquals(1, ledger.read().rows().size());
    }
  }

  @Test
  void gaussianSpendsStopExactlyAtTheBudget() {
    // μ = 0.1 each: 12 fit under √12.5 times that, the 13th does not.
    double epsilon = GaussianDp.epsilon(0.1 * Math.sqrt(12.5), DELTA);
    try (Ledger ledger = open()) {
      ledger.setBudget(budget(ADD, epsilon, DELTA));
      for (int i = 0; i < 12; i++) {
        ledger.charge(charge("icu", new GaussianEvent(10)));
      }
      BudgetExceededException refused =
          assertThrows(
              BudgetExceededException.class,
              () -> ledger.charge(charge("icu", new GaussianEvent(10))));
      assertHolds(
          String.valueOf(refused.getMessage()),
          "'icu'",
          "12 spends",
          "would fit",
          "noise multiplier");
      assertEquals(13, ledger.read().rows().size(), "a refused spend left a trace");

      Account account = refused.account();
      assertTrue(account.epsilon(DELTA) <= epsilon);
      double left = account.remainingMu();
      assertEquals(0.1 * Math.sqrt(0.5), left, 1e-6);
      double fits = account.remainingEpsilon(DELTA);
      assertTrue(GaussianDp.mu(fits, DELTA) <= left);
      assertTrue(GaussianDp.mu(Math.nextUp(Math.nextUp(fits)), DELTA) > left);
      assertThrows(
          BudgetExceededException.class,
          () -> ledger.charge(charge("icu", new GaussianEvent(1 / (left * (1 + 1e-12))))));
      ledger.charge(charge("icu", new GaussianEvent(account.noiseMultiplier(left))));
      Account full = ledger.read().accounts("icu").get(0);
      assertTrue(full.epsilon(DELTA) <= epsilon);
      assertTrue(full.remainingMu() < 1e-7);
      // Another data set is another budget.
      ledger.charge(charge("ward", new GaussianEvent(0.1)));
    }
  }

  /** Each event alone has room enough; only an account of all kinds together refuses. */
  @Test
  void eventsOfAllKindsCountTogether() {
    List<PrivacyEvent> mixture =
        List.of(
            new GaussianEvent(4),
            new PureDpEvent(0.5),
            new LaplaceEvent(4),
            new BoundedRangeEvent(0.5),
            new PoissonSubsampledGaussianEvent(0.02, 1));
    double all = TightAccountant.of(ADD, mixture).epsilon(DELTA);
    try (Ledger ledger = open()) {
      ledger.setBudget(budget(ADD, all * 0.999, DELTA));
      mixture.subList(0, 4).forEach(event -> ledger.charge(charge("icu", event)));
      BudgetExceededException refused =
          assertThrows(
              BudgetExceededException.class, () -> ledger.charge(charge("icu", mixture.get(4))));
      double left = refused.account().remainingMu();
      assertTrue(left > 0.01, "left " + left);
      ledger.charge(charge("icu", new GaussianEvent(refused.account().noiseMultiplier(left))));
      assertTrue(ledger.read().accounts("icu").get(0).epsilon(DELTA) <= all * 0.999);
    }
  }

  @Test
  void aBudgetWithoutDeltaTakesPureReleasesOnly() {
    try (Ledger ledger = open()) {
      ledger.setBudget(budget(ADD, 1, 0));
      assertHolds(
          refusal(
              BudgetExceededException.class,
              () -> ledger.charge(charge("icu", new GaussianEvent(1e6)))),
          "not (ε, 0)-DP",
          "a pure ε of at most 1");
      ledger.charge(charge("icu", new PureDpEvent(0.5)));
      ledger.charge(charge("icu", new LaplaceEvent(4)));
      assertHolds(
          refusal(
              BudgetExceededException.class,
              () -> ledger.charge(charge("icu", new PureDpEvent(0.5)))),
          "spent ε = 0.75 in 2 spends",
          "a pure ε of at most 0.25");
      ledger.charge(charge("icu", new PureDpEvent(0.25)));
      assertHolds(
          refusal(
              BudgetExceededException.class,
              () -> ledger.charge(charge("icu", new PureDpEvent(Double.MIN_NORMAL)))),
          "nothing is left");
    }
  }

  @Test
  void anotherUnitIsRefused() {
    try (Ledger ledger = open()) {
      ledger.setBudget(budget(ADD, 1, DELTA));
      assertHolds(
          refusal(
              BudgetRefusedException.class,
              () -> ledger.charge(charge("icu", "visit_id", ADD, new GaussianEvent(100)))),
          "'patient_id'",
          "'visit_id'");
      assertEquals(1, ledger.read().rows().size());
    }
  }

  @Test
  void relationsMixOnlyTheWayThatIsProved() {
    try (Ledger ledger = open()) {
      ledger.setBudget(budget(ADD, 1, DELTA));
      assertHolds(
          refusal(
              BudgetRefusedException.class,
              () -> ledger.charge(charge("icu", "patient_id", REPLACE, new GaussianEvent(100)))),
          "add-remove",
          "replace-one");
      ledger.setBudget(new Ledger.Budget("ward", "patient_id", REPLACE, 1, 0));
      // 0.4 per addition or removal is 0.8 per replacement: a second one would make 1.6.
      ledger.charge(charge("ward", "patient_id", ADD, new PureDpEvent(0.4)));
      assertHolds(
          refusal(
              BudgetExceededException.class,
              () -> ledger.charge(charge("ward", "patient_id", ADD, new PureDpEvent(0.4)))),
          "spent ε = 0.8 in 1 spend");
      ledger.charge(charge("ward", "patient_id", REPLACE, new PureDpEvent(0.19)));
    }
  }

  @Test
  void whatNoAccountantKnowsIsNotCharged() {
    try (Ledger ledger = open()) {
      assertHolds(
          refusal(
              LedgerException.class,
              () ->
                  ledger.charge(
                      charge(
                          "icu",
                          "patient_id",
                          REPLACE,
                          new PoissonSubsampledGaussianEvent(0.1, 1)))),
          "no known bound");
      assertEquals(0, ledger.read().rows().size());
    }
  }

  @Test
  void earlierSpendsCountAgainstANewBudget() {
    try (Ledger ledger = open()) {
      ledger.charge(charge("icu", new PureDpEvent(0.75)));
      assertHolds(
          refusal(BudgetExceededException.class, () -> ledger.setBudget(budget(ADD, 0.5, 0))),
          "already spent ε = 0.75");
      assertThrows(
          BudgetRefusedException.class,
          () -> ledger.setBudget(new Ledger.Budget("icu", "visit_id", ADD, 5, DELTA)));
      ledger.setBudget(budget(ADD, 1, 0));
      assertThrows(
          BudgetExceededException.class, () -> ledger.charge(charge("icu", new PureDpEvent(0.5))));
      ledger.charge(charge("icu", new PureDpEvent(0.25)));
    }
  }

  /** Were anything decided by time, entries "of the past" would be read in another order. */
  @Test
  void aClockThatGoesBackChangesNothing() {
    List<Ledger.Receipt> receipts = new ArrayList<>();
    double epsilon = GaussianDp.epsilon(0.1 * Math.sqrt(3.5), DELTA);
    for (int year : new int[] {2030, 2001, 2026, 1969}) {
      Clock clock = Clock.fixed(Instant.parse(year + "-01-01T00:00:00Z"), ZoneOffset.UTC);
      try (Ledger ledger = open(clock)) {
        if (receipts.isEmpty()) {
          receipts.add(ledger.setBudget(budget(ADD, epsilon, DELTA)));
        }
        if (year == 1969) {
          assertThrows(
              BudgetExceededException.class,
              () -> ledger.charge(charge("icu", new GaussianEvent(10))));
        } else {
          receipts.add(ledger.charge(charge("icu", new GaussianEvent(10))));
        }
      }
    }
    try (Ledger ledger = open()) {
      assertEquals(receipts, ledger.read().rows().stream().map(LedgerRow::receipt).toList());
      assertEquals(
          List.of(2030, 2001, 2026),
          ledger.entries("icu").stream()
              .map(entry -> entry.time().atOffset(ZoneOffset.UTC).getYear())
              .toList());
    }
  }

  @Test
  void manyConnectionsKeepOneChain() throws Exception {
    try (Ledger a = open();
        Ledger b = open()) {
      List<Callable<Ledger.Receipt>> charges = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Ledger ledger = i % 2 == 0 ? a : b;
        charges.add(() -> ledger.charge(charge("icu", new GaussianEvent(1))));
      }
      ExecutorService pool = Executors.newFixedThreadPool(4);
      for (var done : pool.invokeAll(charges)) {
        done.get();
      }
      pool.shutdown();
      assertEquals(20, a.entries("icu").size());
    }
  }

  private void fillForTampering() {
    try (Ledger ledger = open()) {
      ledger.charge(charge("icu", new GaussianEvent(8)));
      ledger.setBudget(budget(ADD, 2, DELTA));
      ledger.charge(charge("icu", new GaussianEvent(9)));
      ledger.charge(charge("ward", new PureDpEvent(0.25)));
      ledger.charge(charge("icu", new GaussianEvent(10)));
    }
  }

  private void tables(String... statements) throws SQLException {
    try (Connection connection = tables();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Does it, sees reading, asking and spending refused in these words, and undoes it. */
  private void assertNamed(String what, List<String> change, List<String> undo)
      throws SQLException {
    tables(change.toArray(String[]::new));
    try (Ledger ledger = open()) {
      for (Runnable use :
          List.<Runnable>of(
              ledger::read,
              () -> ledger.requireRoom(charge("icu", new GaussianEvent(100))),
              () -> ledger.charge(charge("icu", new GaussianEvent(100))),
              () -> ledger.setBudget(new Ledger.Budget("new", "u", ADD, 1, 0)))) {
        assertHolds(refusal(LedgerException.class, use), what);
      }
    }
    tables(undo.toArray(String[]::new));
    try (Ledger ledger = open()) {
      assertEquals(5, ledger.read().rows().size(), "not undone: " + change);
    }
  }

  @Test
  void anyChangedColumnOfAnyRowIsNamed() throws SQLException {
    fillForTampering();
    tables("CREATE TABLE saved AS SELECT * FROM spend");
    Map<String, String> changes =
        Map.of(
            "dataset", "'other'",
            "run", "run || ' '",
            "purpose", "'nothing'",
            "privacy_unit", "'visit_id'",
            "relation", "'REPLACE_ONE'",
            "event", "replace(replace(event, '0', '9'), ':2', ':9')",
            "time", "'1999-01-01T00:00:00Z'",
            "hash", "replace(replace(hash, 'a', 'b'), '1', '2')",
            "sequence", "sequence + 100");
    for (int row = 1; row <= 5; row++) {
      for (Map.Entry<String, String> change : changes.entrySet()) {
        String column = change.getKey();
        boolean moved = column.equals("sequence");
        assertNamed(
            "entry " + row + (moved ? " is missing" : " does not fit"),
            List.of(
                "UPDATE spend SET "
                    + column
                    + " = "
                    + change.getValue()
                    + " WHERE sequence = "
                    + row),
            List.of("DELETE FROM spend", "INSERT INTO spend SELECT * FROM saved"));
      }
    }
  }

  @Test
  void removedMovedAndAddedRowsAreNamed() throws SQLException {
    fillForTampering();
    tables("CREATE TABLE saved AS SELECT * FROM spend");
    List<String> undo =
        List.of(
            "DELETE FROM spend",
            "INSERT INTO spend SELECT * FROM saved",
            "UPDATE head SET sequence = 5, hash = (SELECT hash FROM spend WHERE sequence = 5)");
    for (int row = 1; row <= 4; row++) {
      assertNamed(
          "entry " + row + " is missing",
          List.of("DELETE FROM spend WHERE sequence = " + row),
          undo);
    }
    assertNamed(
        "entry 5 was removed from its end", List.of("DELETE FROM spend WHERE sequence = 5"), undo);
    assertNamed(
        "entries 3 to 5 were removed from its end",
        List.of("DELETE FROM spend WHERE sequence >= 3"),
        undo);
    assertNamed("entries 1 to 5 were removed", List.of("DELETE FROM spend"), undo);
    assertNamed(
        "entry 3 does not fit",
        List.of(
            "UPDATE spend SET sequence = 99 WHERE sequence = 3",
            "UPDATE spend SET sequence = 3 WHERE sequence = 4",
            "UPDATE spend SET sequence = 4 WHERE sequence = 99"),
        undo);
    assertNamed(
        "entry 1 does not fit",
        List.of("DELETE FROM spend WHERE sequence = 1", "UPDATE spend SET sequence = sequence - 1"),
        undo);
    assertNamed(
        "entry 6 does not fit",
        List.of(
            "INSERT INTO spend SELECT 6, dataset, run, purpose, privacy_unit, relation, event,"
                + " time, hash FROM spend WHERE sequence = 5"),
        undo);
    LedgerRow forged =
        LedgerRow.next(
            openedHead(),
            charge("icu", new GaussianEvent(1e6)),
            Instant.parse("2026-01-01T00:00:00Z"));
    assertNamed(
        "entry 6 was added past the recorded head",
        List.of(
            "INSERT INTO spend VALUES (6, 'icu', 'run 1', 'gradient sum', 'patient_id',"
                + " 'ADD_OR_REMOVE_ONE', '%s', '%s', '%s')"
                    .formatted(forged.event(), forged.time(), forged.hash())),
        undo);
    assertNamed(
        "entry 5 was added past the recorded head", List.of("UPDATE head SET sequence = 4"), undo);
    assertNamed(
        "the recorded head does not fit entry 5",
        List.of("UPDATE head SET hash = '" + "0".repeat(64) + "'"),
        undo);
    assertNamed(
        "its head was removed",
        List.of("DELETE FROM head"),
        List.of("INSERT INTO head SELECT 1, 2, 5, hash FROM spend WHERE sequence = 5"));
  }

  private Ledger.Receipt openedHead() {
    try (Ledger ledger = open()) {
      return ledger.read().head();
    }
  }

  /**
   * Who rewrites head and tail together leaves an older state, whole in itself. A receipt from
   * outside (a certificate's, an export's) tells.
   */
  @Test
  void anOlderStateIsWholeButAReceiptTells() throws SQLException {
    fillForTampering();
    Ledger.Receipt certified = openedHead();
    tables(
        "DELETE FROM spend WHERE sequence > 3",
        "UPDATE head SET sequence = 3, hash = (SELECT hash FROM spend WHERE sequence = 3)");
    try (Ledger ledger = open()) {
      assertEquals(3, ledger.read().rows().size());
      assertFalse(ledger.read().holds(certified));
      ledger.charge(charge("ward", new PureDpEvent(0.25)));
      ledger.charge(charge("icu", new GaussianEvent(10)));
      assertEquals(certified.sequence(), ledger.read().head().sequence());
      assertFalse(ledger.read().holds(certified), "the same spends again are other entries");
    }
  }
}
