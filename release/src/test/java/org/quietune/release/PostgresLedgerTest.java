package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.GaussianEvent;

class PostgresLedgerTest extends LedgerContract {
  private String url = "";

  @BeforeEach
  void create() throws SQLException {
    url = TestPostgres.newDatabase();
  }

  @AfterEach
  void drop() throws SQLException {
    if (!url.isEmpty()) {
      TestPostgres.drop(url);
    }
  }

  @Override
  Ledger open(Clock clock) {
    return PostgresLedger.open(new PostgresUrl(url, System.getenv()), clock, true);
  }

  @Override
  Connection tables() throws SQLException {
    Connection connection = DriverManager.getConnection(url);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET search_path = quietune");
    }
    return connection;
  }

  private void execute(String... statements) throws SQLException {
    try (Connection connection = tables();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @Test
  void whereNoLedgerIsNoneIsMadeByReading() {
    LedgerException e = assertThrows(LedgerException.class, () -> PostgresLedger.openExisting(url));
    assertTrue(String.valueOf(e.getMessage()).contains("holds no ledger"), e.getMessage());
    open().close();
    PostgresLedger.openExisting(url).close();
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
  }

  /** The database's default may be off; the ledger's session turns it on. */
  @Test
  void commitsAreSynchronousWhateverTheDefault() throws SQLException {
    String database = url.replaceFirst("jdbc:postgresql://[^/]*/([^?]*).*", "$1");
    execute("ALTER DATABASE " + database + " SET synchronous_commit = off");
    try (Connection fresh = DriverManager.getConnection(url);
        Statement statement = fresh.createStatement();
        ResultSet value = statement.executeQuery("SHOW synchronous_commit")) {
      value.next();
      assertEquals("off", value.getString(1), "else this test shows nothing");
    }
    try (PostgresLedger ledger =
            PostgresLedger.open(new PostgresUrl(url, System.getenv()), Clock.systemUTC(), true);
        Statement statement = ledger.connection().createStatement()) {
      try (ResultSet value = statement.executeQuery("SHOW synchronous_commit")) {
        value.next();
        assertEquals("on", value.getString(1));
      }
      try (ResultSet value = statement.executeQuery("SHOW transaction_isolation")) {
        value.next();
        assertEquals("serializable", value.getString(1));
      }
    }
  }

  /** Insert and read entries, move the head: a spender's role can rewrite no history. */
  @Test
  void aRoleThatMayOnlyAppendIsEnough() throws SQLException {
    open().close();
    String role = "spender_" + url.replaceFirst(".*ledger_([0-9a-f]*).*", "$1");
    execute(
        "CREATE ROLE " + role + " LOGIN PASSWORD 'p@ss w0rd'",
        "GRANT USAGE ON SCHEMA quietune TO " + role,
        "GRANT SELECT, INSERT ON quietune.spend TO " + role,
        "GRANT SELECT, UPDATE ON quietune.head TO " + role);
    try {
      String asSpender = url.replaceFirst("\\?.*", "");
      Map<String, String> environment = Map.of("PGUSER", role, "PGPASSWORD", "p@ss w0rd");
      try (Ledger ledger =
          PostgresLedger.open(new PostgresUrl(asSpender, environment), Clock.systemUTC(), true)) {
        ledger.charge(charge("icu", new GaussianEvent(1)));
        assertEquals(1, ledger.entries("icu").size());
      }
      String refused =
          String.valueOf(
              assertThrows(
                      LedgerException.class,
                      () ->
                          PostgresLedger.open(
                              new PostgresUrl(
                                  asSpender, Map.of("PGUSER", role, "PGPASSWORD", "wr0ng-secret")),
                              Clock.systemUTC(),
                              true))
                  .getMessage());
      assertFalse(refused.contains("wr0ng-secret"), refused);
      assertTrue(refused.contains("authentication failed"), refused);
    } finally {
      execute("DROP OWNED BY " + role, "DROP ROLE " + role);
    }
  }

  @Test
  void aLostServerIsNotASpend() throws SQLException {
    Ledger ledger = open();
    ledger.charge(charge("icu", new GaussianEvent(1)));
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    assertThrows(LedgerException.class, () -> ledger.charge(charge("icu", new GaussianEvent(1))));
    try (Ledger again = open()) {
      assertEquals(1, again.read().rows().size());
    }
  }
}
