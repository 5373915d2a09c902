package org.quietune.release;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.quietune.accounting.NeighboringRelation;

/**
 * A ledger in one SQLite file. An entry is on disk (fsync of database and journal) before {@link
 * #charge} returns; entries are chained by SHA-256, each covering the one before it, so that a
 * changed row is found by {@link #entries}. Several processes may share the file: each charge takes
 * SQLite's write lock first.
 */
public final class SqliteLedger implements Ledger {
  private static final String GENESIS = "0".repeat(64);
  private static final String COLUMNS =
      "dataset, run, purpose, privacy_unit, relation, event, time, hash";

  private final Path file;
  private final Connection connection;
  private final Clock clock;

  private SqliteLedger(Path file, Connection connection, Clock clock) {
    this.file = file;
    this.connection = connection;
    this.clock = clock;
  }

  /**
   * Opens the ledger, creating file and folders where there are none.
   *
   * @throws LedgerException when the file cannot be opened or is not a ledger
   */
  public static SqliteLedger open(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
      try (Statement statement = connection.createStatement()) {
        // EXTRA also syncs the folder after the journal goes, so a power cut cannot undo a commit.
        statement.execute("PRAGMA synchronous = EXTRA");
        statement.execute("PRAGMA busy_timeout = 30000");
        statement.execute(
            """
            CREATE TABLE IF NOT EXISTS spend (
              sequence INTEGER PRIMARY KEY,
              dataset TEXT NOT NULL,
              run TEXT NOT NULL,
              purpose TEXT NOT NULL,
              privacy_unit TEXT NOT NULL,
              relation TEXT NOT NULL,
              event TEXT NOT NULL,
              time TEXT NOT NULL,
              hash TEXT NOT NULL) STRICT""");
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
      return new SqliteLedger(file, connection, Clock.systemUTC());
    } catch (SQLException | IOException e) {
      throw new LedgerException("cannot open the ledger " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized Receipt charge(Charge charge) {
    try (Statement statement = connection.createStatement()) {
      // IMMEDIATE takes the write lock before the chain's head is read: no two spenders see one
      // head.
      statement.execute("BEGIN IMMEDIATE");
      try {
        Receipt head = head(statement);
        long sequence = head.sequence() + 1;
        String time = clock.instant().toString();
        String event = EventJson.write(charge.event());
        Receipt receipt = new Receipt(sequence, hash(head.hash(), sequence, charge, event, time));
        insert(charge, event, time, receipt);
        statement.execute("COMMIT");
        return receipt;
      } catch (SQLException | RuntimeException e) {
        rollback(statement, e);
        throw e;
      }
    } catch (SQLException e) {
      throw new LedgerException("cannot write to the ledger " + file + ": " + e.getMessage(), e);
    }
  }

  private static void rollback(Statement statement, Exception cause) {
    try {
      statement.execute("ROLLBACK");
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private void insert(Charge charge, String event, String time, Receipt receipt)
      throws SQLException {
    String sql = "INSERT INTO spend (sequence, " + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setLong(1, receipt.sequence());
      insert.setString(2, charge.dataset());
      insert.setString(3, charge.run());
      insert.setString(4, charge.purpose());
      insert.setString(5, charge.privacyUnit());
      insert.setString(6, charge.relation().name());
      insert.setString(7, event);
      insert.setString(8, time);
      insert.setString(9, receipt.hash());
      insert.executeUpdate();
    }
  }

  private static Receipt head(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery("SELECT sequence, hash FROM spend ORDER BY sequence DESC LIMIT 1")) {
      return row.next() ? new Receipt(row.getLong(1), row.getString(2)) : new Receipt(0, GENESIS);
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws LedgerException when an entry does not fit its hash, naming the entry
   */
  @Override
  public synchronized List<Entry> entries(String dataset) {
    List<Entry> entries = new ArrayList<>();
    String previous = GENESIS;
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT sequence, " + COLUMNS + " FROM spend ORDER BY sequence")) {
      while (row.next()) {
        String event = row.getString(7);
        String time = row.getString(8);
        Receipt receipt = new Receipt(row.getLong(1), row.getString(9));
        Charge charge = charge(row, event, receipt);
        if (!hash(previous, receipt.sequence(), charge, event, time).equals(receipt.hash())) {
          throw new LedgerException(
              "the ledger " + file + " was changed: entry " + receipt.sequence() + " does not fit");
        }
        previous = receipt.hash();
        if (charge.dataset().equals(dataset)) {
          entries.add(new Entry(receipt, Instant.parse(time), charge));
        }
      }
      return entries;
    } catch (SQLException e) {
      throw new LedgerException("cannot read the ledger " + file + ": " + e.getMessage(), e);
    }
  }

  private Charge charge(ResultSet row, String event, Receipt receipt) throws SQLException {
    try {
      return new Charge(
          row.getString(2),
          row.getString(3),
          row.getString(4),
          row.getString(5),
          NeighboringRelation.valueOf(row.getString(6)),
          EventJson.read(event));
    } catch (IllegalArgumentException e) {
      throw new LedgerException(
          "the ledger " + file + " was changed: entry " + receipt.sequence() + " cannot be read",
          e);
    }
  }

  /** Every field goes in with its length, so no two entries share a preimage. */
  private static String hash(
      String previous, long sequence, Charge charge, String event, String time) {
    MessageDigest digest = Sha256.digest();
    for (String field :
        List.of(
            previous,
            Long.toString(sequence),
            charge.dataset(),
            charge.run(),
            charge.purpose(),
            charge.privacyUnit(),
            charge.relation().name(),
            event,
            time)) {
      byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
      digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public synchronized void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new LedgerException("cannot close the ledger " + file + ": " + e.getMessage(), e);
    }
  }
}
