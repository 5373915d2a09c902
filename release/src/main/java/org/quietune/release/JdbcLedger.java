package org.quietune.release;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A ledger in two tables of a database: the entries, of which none is ever changed, and one row
 * with the head of their chain. What differs between databases is how a transaction that excludes
 * other writers begins and ends.
 */
abstract sealed class JdbcLedger implements Ledger permits PostgresLedger, SqliteLedger {
  /** Of the tables; in the head's row. */
  static final int FORMAT = 2;

  private static final int ATTEMPTS = 20;
  private static final String COLUMNS =
      "sequence, dataset, run, purpose, privacy_unit, relation, event, time, hash";

  private final String name;
  private final Connection connection;
  private final Clock clock;

  /**
   * A ledger on an open connection.
   *
   * @param name for messages; holds no secret
   */
  JdbcLedger(String name, Connection connection, Clock clock) {
    this.name = name;
    this.connection = connection;
    this.clock = clock;
  }

  /** Begins a transaction that no other writer can overlap; what it reads is the latest. */
  abstract void begin(Connection connection) throws SQLException;

  /** Makes the transaction durable. */
  abstract void commit(Connection connection) throws SQLException;

  abstract void rollback(Connection connection) throws SQLException;

  /** Whether the transaction was undone only because it met another one. */
  abstract boolean isRetryable(SQLException e);

  /** What the next entry is, in view of all earlier ones. */
  private interface Draft {
    LedgerRow after(LedgerBook book, Instant time);
  }

  @Override
  public final Receipt charge(Charge charge) {
    return append(
        (book, time) -> {
          book.requireRoom(charge);
          return LedgerRow.next(book.head(), charge, time);
        });
  }

  @Override
  public final Receipt setBudget(Budget budget) {
    return append(
        (book, time) -> {
          book.requireNew(budget);
          return LedgerRow.next(book.head(), budget, time);
        });
  }

  private synchronized Receipt append(Draft draft) {
    for (int attempt = 1; ; attempt++) {
      try {
        begin(connection);
        try {
          LedgerRow row = draft.after(readRows(), clock.instant());
          insert(row);
          moveHead(row);
          commit(connection);
          return row.receipt();
        } catch (SQLException | RuntimeException e) {
          rollBackAfter(e);
          throw e;
        }
      } catch (SQLException e) {
        if (attempt == ATTEMPTS || !isRetryable(e)) {
          throw new LedgerException("cannot write to the ledger " + name + ": " + reason(e), e);
        }
      }
    }
  }

  /** A spend that cannot be undone stays: it may be one too many, never one too few. */
  private void rollBackAfter(Exception cause) {
    try {
      rollback(connection);
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private void insert(LedgerRow row) throws SQLException {
    String sql = "INSERT INTO spend (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setLong(1, row.sequence());
      insert.setString(2, row.dataset());
      insert.setString(3, row.run());
      insert.setString(4, row.purpose());
      insert.setString(5, row.privacyUnit());
      insert.setString(6, row.relation());
      insert.setString(7, row.event());
      insert.setString(8, row.time());
      insert.setString(9, row.hash());
      insert.executeUpdate();
    }
  }

  private void moveHead(LedgerRow row) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE head SET sequence = ?, hash = ?")) {
      update.setLong(1, row.sequence());
      update.setString(2, row.hash());
      if (update.executeUpdate() != 1) {
        throw new LedgerException("the ledger " + name + " was changed: its head is not one row");
      }
    }
  }

  @Override
  public final synchronized LedgerBook read() {
    try {
      return readRows();
    } catch (SQLException e) {
      throw new LedgerException("cannot read the ledger " + name + ": " + reason(e), e);
    }
  }

  /** Head and entries in one statement, so that both are of one moment. */
  private LedgerBook readRows() throws SQLException {
    String sql =
        "SELECT head.format, head.sequence, head.hash, spend.sequence, dataset, run, purpose,"
            + " privacy_unit, relation, event, time, spend.hash"
            + " FROM head LEFT JOIN spend ON TRUE ORDER BY spend.sequence";
    List<LedgerRow> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      if (!result.next()) {
        throw new LedgerException("the ledger " + name + " was changed: its head was removed");
      }
      if (result.getInt(1) != FORMAT) {
        throw new LedgerException(
            "the ledger %s has format %d, and this version knows format %d only"
                .formatted(name, result.getInt(1), FORMAT));
      }
      Receipt head = new Receipt(result.getLong(2), text(result, 3));
      do {
        long sequence = result.getLong(4);
        if (!result.wasNull()) {
          rows.add(row(result, sequence, 4));
        }
      } while (result.next());
      return LedgerBook.verified(name, rows, head);
    }
  }

  /** The row whose texts stand in the columns after {@code column}. */
  private LedgerRow row(ResultSet result, long sequence, int column) throws SQLException {
    return new LedgerRow(
        sequence,
        text(result, column + 1),
        text(result, column + 2),
        text(result, column + 3),
        text(result, column + 4),
        text(result, column + 5),
        text(result, column + 6),
        text(result, column + 7),
        text(result, column + 8));
  }

  private String text(ResultSet result, int column) throws SQLException {
    String text = result.getString(column);
    if (text == null) {
      throw new LedgerException("the ledger " + name + " was changed: an entry lacks a field");
    }
    return text;
  }

  /** The entries of a ledger that has no head yet, checked as far as they can be. */
  final LedgerBook readWithoutHead() throws SQLException {
    List<LedgerRow> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery("SELECT " + COLUMNS + " FROM spend ORDER BY sequence")) {
      while (result.next()) {
        rows.add(row(result, result.getLong(1), 1));
      }
    }
    return LedgerBook.verified(name, rows);
  }

  final Connection connection() {
    return connection;
  }

  /** The database's own words on one line. */
  String reason(SQLException e) {
    return oneLine(e);
  }

  static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", "; ");
  }

  @Override
  public final synchronized void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new LedgerException("cannot close the ledger " + name + ": " + reason(e), e);
    }
  }
}
