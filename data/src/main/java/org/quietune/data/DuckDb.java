package org.quietune.data;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * A DuckDB of its own, in memory, that can read one file and nothing else: no network, no
 * extensions, no other file.
 */
final class DuckDb implements AutoCloseable {
  private static final int MEMORY_LIMIT_MB = 1000;

  /**
   * What a sort keeps in memory before it spills: so little that the peak of a run does not grow
   * with the records. DuckDB reads and sorts vectors of 2,048 rows and row groups of columns, so it
   * needs more where rows are wide.
   */
  private static final int SORT_LIMIT_MB = 200;

  private static final int SORT_LIMIT_MB_PER_COLUMN = 1;

  /**
   * A second thread would read ahead of one that takes rows far more slowly than they are read, and
   * hold what it has read.
   */
  private static final int THREADS = 1;

  private final Connection connection;

  private DuckDb(Connection connection) {
    this.connection = connection;
  }

  /** Opens a database that keeps everything in memory. */
  static DuckDb open(TableSource source) throws SQLException {
    return new DuckDb(connect(source, "", MEMORY_LIMIT_MB, true));
  }

  /** As {@link #open}, but a result is computed as a whole and so can say why it failed. */
  static DuckDb openUnstreamed(TableSource source) throws SQLException {
    return new DuckDb(connect(source, "", MEMORY_LIMIT_MB, false));
  }

  /**
   * Opens a database that may write to a directory what a sort cannot keep in memory.
   *
   * @param columns that are sorted
   */
  static DuckDb open(TableSource source, Path spillDirectory, int columns) throws SQLException {
    long limit = SORT_LIMIT_MB + (long) columns * SORT_LIMIT_MB_PER_COLUMN;
    int limitMb = (int) Math.min(limit, MEMORY_LIMIT_MB);
    return new DuckDb(connect(source, spillDirectory.toString(), limitMb, true));
  }

  private static Connection connect(
      TableSource source, String spillDirectory, int limitMb, boolean stream) throws SQLException {
    Properties settings = new Properties();
    settings.setProperty("threads", Integer.toString(THREADS));
    settings.setProperty("memory_limit", limitMb + "MB");
    settings.setProperty("temp_directory", spillDirectory);
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    // Rows come chunk by chunk while the query runs; otherwise the driver keeps the whole result.
    settings.setProperty("jdbc_stream_results", Boolean.toString(stream));
    Connection connection = DriverManager.getConnection("jdbc:duckdb:", settings);
    ExtractedLibrary.delete();
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET allowed_paths = ["
              + TableSource.literal(source.path().toString())
              + ", "
              + source.pathLiteral()
              + "]");
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

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
