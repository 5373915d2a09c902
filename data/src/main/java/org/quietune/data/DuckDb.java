package org.quietune.data;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBPreparedStatement;

/**
 * A DuckDB of its own, in memory, that can read one file and nothing else: no network, no
 * extensions, no other file.
 */
final class DuckDb implements AutoCloseable {
  private static final int MEMORY_LIMIT_MB = 1000;

  /**
   * A second thread would read ahead of one that takes rows far more slowly than they are read, and
   * hold what it has read.
   */
  private static final int THREADS = 1;

  /** What DuckDB reads ahead of whoever takes the rows. */
  private static final String STREAM_BUFFER = "1MB";

  private final DuckDBConnection connection;

  private DuckDb(DuckDBConnection connection) {
    this.connection = connection;
  }

  /** Opens a database that keeps nothing on disk. */
  static DuckDb open(TableSource source) throws SQLException {
    return new DuckDb(connect(source, true));
  }

  /** As {@link #open}, but a result is computed as a whole and so can say why it failed. */
  static DuckDb openUnstreamed(TableSource source) throws SQLException {
    return new DuckDb(connect(source, false));
  }

  private static DuckDBConnection connect(TableSource source, boolean stream) throws SQLException {
    Properties settings = new Properties();
    settings.setProperty("threads", Integer.toString(THREADS));
    settings.setProperty("memory_limit", MEMORY_LIMIT_MB + "MB");
    settings.setProperty("temp_directory", "");
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    // Rows come chunk by chunk while the query runs; otherwise the driver keeps the whole result.
    settings.setProperty("jdbc_stream_results", Boolean.toString(stream));
    DuckDBConnection connection =
        DriverManager.getConnection("jdbc:duckdb:", settings).unwrap(DuckDBConnection.class);
    ExtractedLibrary.delete();
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET allowed_paths = ["
              + TableSource.literal(source.path().toString())
              + ", "
              + source.pathLiteral()
              + "]");
      statement.execute("SET streaming_buffer_size = '" + STREAM_BUFFER + "'");
      statement.execute("SET enable_external_access = false");
      statement.execute("SET lock_configuration = true");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  Statement statement() throws SQLException {
    return connection.createStatement();
  }

  DuckDBPreparedStatement prepare(String query) throws SQLException {
    return connection.prepare(query);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
