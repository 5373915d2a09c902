package org.quietune.release;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.UUID;

/**
 * A ledger in one SQLite file. An entry is on disk (fsync of database, journal and folder) before
 * {@link #charge} returns. Several processes of one machine may share the file: each write takes
 * SQLite's write lock before it reads. File locks of network file systems are not to be trusted;
 * machines share a {@link PostgresLedger}.
 */
public final class SqliteLedger extends JdbcLedger {
  private static final String ENTRIES =
      """
      CREATE TABLE spend (
        sequence INTEGER PRIMARY KEY,
        dataset TEXT NOT NULL,
        run TEXT NOT NULL,
        purpose TEXT NOT NULL,
        privacy_unit TEXT NOT NULL,
        relation TEXT NOT NULL,
        event TEXT NOT NULL,
        time TEXT NOT NULL,
        hash TEXT NOT NULL) STRICT""";

  private static final String HEAD =
      """
      CREATE TABLE head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        format INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        hash TEXT NOT NULL) STRICT""";

  private SqliteLedger(Path file, Connection connection, Clock clock) {
    super(file.toString(), connection, clock);
  }

  /**
   * Opens the ledger, creating file and folders where there are none.
   *
   * @throws LedgerException when the file cannot be opened or is not a ledger
   */
  public static SqliteLedger open(Path file) {
    return open(file, Clock.systemUTC());
  }

  static SqliteLedger open(Path file, Clock clock) {
    try {
      if (!Files.exists(file)) {
        create(file.toAbsolutePath());
      }
      return connect(file, clock);
    } catch (SQLException | IOException e) {
      throw cannotOpen(file, e);
    }
  }

  /**
   * Opens a ledger that is there.
   *
   * @throws LedgerException when the file is missing, cannot be opened or is not a ledger
   */
  public static SqliteLedger openExisting(Path file) {
    if (!Files.exists(file)) {
      throw new LedgerException("there is no ledger " + file);
    }
    return open(file);
  }

  private static LedgerException cannotOpen(Path file, Exception e) {
    return new LedgerException("cannot open the ledger " + file + ": " + oneLine(e), e);
  }

  /** A new ledger appears under its name whole, so that an empty file is never a ledger's start. */
  private static void create(Path file) throws SQLException, IOException {
    Path folder = file.getParent();
    if (folder == null) {
      throw new IOException("not a file name");
    }
    Files.createDirectories(folder);
    Path part = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + part);
          Statement statement = connection.createStatement()) {
        durable(statement);
        statement.execute("BEGIN IMMEDIATE");
        statement.execute(ENTRIES);
        createHead(statement, new Receipt(0, LedgerRow.GENESIS));
        statement.execute("COMMIT");
      }
      linkOrMove(part, file);
      DurableFile.syncFolder(folder);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Keeps a ledger that another process has put there meanwhile. */
  private static void linkOrMove(Path part, Path file) throws IOException {
    try {
      Files.createLink(file, part);
    } catch (FileAlreadyExistsException others) {
      // Theirs is as good.
    } catch (UnsupportedOperationException | IOException noLinks) {
      try {
        Files.move(part, file);
      } catch (FileAlreadyExistsException others) {
        // Theirs is as good.
      }
    }
  }

  private static void createHead(Statement statement, Receipt head) throws SQLException {
    statement.execute(HEAD);
    statement.execute(
        "INSERT INTO head VALUES (1, %d, %d, '%s')"
            .formatted(FORMAT, head.sequence(), head.hash()));
  }

  private static void durable(Statement statement) throws SQLException {
    // EXTRA also syncs the folder after the journal goes, so a power cut cannot undo a commit.
    statement.execute("PRAGMA synchronous = EXTRA");
    statement.execute("PRAGMA busy_timeout = 30000");
  }

  private static SqliteLedger connect(Path file, Clock clock) throws SQLException, IOException {
    if (Files.size(file) == 0) {
      throw new IOException("it is empty, which no ledger ever is");
    }
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try (Statement statement = connection.createStatement()) {
      durable(statement);
      SqliteLedger ledger = new SqliteLedger(file, connection, clock);
      if (!has(statement, "head")) {
        ledger.addHead(statement);
      }
      return ledger;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static boolean has(Statement statement, String table) throws SQLException {
    try (ResultSet found =
        statement.executeQuery(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '" + table + "'")) {
      return found.next();
    }
  }

  /** The first format had entries only; they stay as they are. */
  private void addHead(Statement statement) throws SQLException {
    if (!has(statement, "spend")) {
      throw new SQLException("it is a database, but not a ledger");
    }
    statement.execute("BEGIN IMMEDIATE");
    try {
      if (!has(statement, "head")) {
        createHead(statement, readWithoutHead().head());
      }
      statement.execute("COMMIT");
    } catch (SQLException | RuntimeException e) {
      statement.execute("ROLLBACK");
      throw e;
    }
  }

  @Override
  void begin(Connection connection) throws SQLException {
    execute(connection, "BEGIN IMMEDIATE");
  }

  @Override
  void commit(Connection connection) throws SQLException {
    execute(connection, "COMMIT");
  }

  @Override
  void rollback(Connection connection) throws SQLException {
    execute(connection, "ROLLBACK");
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Never: a writer waits for the lock before it reads anything. */
  @Override
  boolean isRetryable(SQLException e) {
    return false;
  }
}
