package org.quietune.release;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;

/**
 * A ledger in the schema {@code quietune} of a PostgreSQL database, for machines that share
 * budgets. A write is one serializable transaction that holds a lock on the head of the chain from
 * before it reads until it is committed, with {@code synchronous_commit} on: concurrent spenders
 * queue up. A server that runs with {@code fsync} off is refused.
 *
 * <p>User and password come from the URL, else from {@code PGUSER} and {@code PGPASSWORD}, else
 * from the driver's defaults ({@code .pgpass}). No message holds a parameter of the URL.
 */
public final class PostgresLedger extends JdbcLedger {
  /** Any fixed number: makes those who create the tables wait for one another. */
  private static final long CREATION_LOCK = 0x7175696574756e65L;

  private static final String ENTRIES =
      """
      CREATE TABLE IF NOT EXISTS quietune.spend (
        sequence BIGINT PRIMARY KEY,
        dataset TEXT NOT NULL,
        run TEXT NOT NULL,
        purpose TEXT NOT NULL,
        privacy_unit TEXT NOT NULL,
        relation TEXT NOT NULL,
        event TEXT NOT NULL,
        time TEXT NOT NULL,
        hash TEXT NOT NULL)""";

  private static final String HEAD =
      """
      CREATE TABLE IF NOT EXISTS quietune.head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        format INTEGER NOT NULL,
        sequence BIGINT NOT NULL,
        hash TEXT NOT NULL)""";

  private final PostgresUrl url;

  private PostgresLedger(PostgresUrl url, Connection connection, Clock clock) {
    super(url.name(), connection, clock);
    this.url = url;
  }

  /** Whether a ledger's location is one of this kind. */
  public static boolean isUrl(String location) {
    return PostgresUrl.isOne(location);
  }

  /**
   * Opens the ledger, creating schema and tables where there are none and the user may.
   *
   * @param url {@code jdbc:postgresql://host:port/database}, parameters allowed
   * @throws LedgerException when the server cannot be reached or does not keep what it is given
   */
  public static PostgresLedger open(String url) {
    return open(new PostgresUrl(url, System.getenv()), Clock.systemUTC(), true);
  }

  /**
   * Opens a ledger that is there.
   *
   * @param url as for {@link #open(String)}
   * @throws LedgerException also when the database holds no ledger
   */
  public static PostgresLedger openExisting(String url) {
    return open(new PostgresUrl(url, System.getenv()), Clock.systemUTC(), false);
  }

  static PostgresLedger open(PostgresUrl url, Clock clock, boolean creating) {
    try {
      Connection connection = DriverManager.getConnection(url.url(), url.properties());
      try {
        PostgresLedger ledger = new PostgresLedger(url, connection, clock);
        ledger.prepare(creating);
        return ledger;
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      // No cause: the driver's message may hold the URL.
      throw new LedgerException(
          "cannot open the ledger " + url.name() + ": " + url.redact(oneLine(e)));
    }
  }

  private void prepare(boolean creating) throws SQLException {
    connection().setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
    try (Statement statement = connection().createStatement()) {
      requireDurability(statement);
      statement.execute("SET lock_timeout = '30s'");
      if (!exists(statement)) {
        if (!creating) {
          throw new SQLException("the database holds no ledger");
        }
        create();
      }
      statement.execute("SET search_path = quietune");
    }
  }

  private static void requireDurability(Statement statement) throws SQLException {
    if (!setting(statement, "fsync").equals("on")) {
      throw new SQLException("the server runs with fsync off, so a spend could be lost");
    }
    String commit = setting(statement, "synchronous_commit");
    if (!commit.equals("on") && !commit.equals("remote_apply")) {
      statement.execute("SET synchronous_commit = on");
    }
  }

  private static String setting(Statement statement, String name) throws SQLException {
    try (ResultSet value = statement.executeQuery("SHOW " + name)) {
      value.next();
      return value.getString(1);
    }
  }

  private static boolean exists(Statement statement) throws SQLException {
    try (ResultSet found =
        statement.executeQuery("SELECT to_regclass('quietune.head') IS NOT NULL")) {
      return found.next() && found.getBoolean(1);
    }
  }

  private void create() throws SQLException {
    connection().setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    connection().setAutoCommit(false);
    try (Statement statement = connection().createStatement()) {
      statement.execute("SELECT pg_advisory_xact_lock(" + CREATION_LOCK + ")");
      statement.execute("CREATE SCHEMA IF NOT EXISTS quietune");
      statement.execute(ENTRIES);
      statement.execute(HEAD);
      statement.execute(
          "INSERT INTO quietune.head VALUES (1, %d, 0, '%s') ON CONFLICT DO NOTHING"
              .formatted(FORMAT, LedgerRow.GENESIS));
      connection().commit();
    } catch (SQLException e) {
      connection().rollback();
      throw e;
    } finally {
      connection().setAutoCommit(true);
    }
    connection().setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
  }

  @Override
  void begin(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      // Before the first query, which takes the snapshot: whoever holds the lock sees the latest.
      statement.execute("LOCK TABLE head IN EXCLUSIVE MODE");
    } catch (SQLException e) {
      rollback(connection);
      throw e;
    }
  }

  @Override
  void commit(Connection connection) throws SQLException {
    connection.commit();
    connection.setAutoCommit(true);
  }

  @Override
  void rollback(Connection connection) throws SQLException {
    connection.rollback();
    connection.setAutoCommit(true);
  }

  /** Serialization failure, deadlock. */
  @Override
  boolean isRetryable(SQLException e) {
    return "40001".equals(e.getSQLState()) || "40P01".equals(e.getSQLState());
  }

  @Override
  String reason(SQLException e) {
    return url.redact(super.reason(e));
  }
}
