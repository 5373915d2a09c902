package org.quietune.release;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/** Databases on the server that {@code QUIETUNE_TEST_POSTGRES} names (.ci/postgres starts one). */
final class TestPostgres {
  private static final String VARIABLE = "QUIETUNE_TEST_POSTGRES";

  private TestPostgres() {}

  /** The server's URL; without one a test is skipped by hand, and fails in CI. */
  static String server() {
    String url = System.getenv(VARIABLE);
    if (url == null || url.isBlank()) {
      String reason =
          VARIABLE + " names no server: URL=$(.ci/postgres start DIR) gives one, if you want it";
      if ("true".equals(System.getenv("CI"))) {
        fail(reason);
      }
      assumeTrue(false, reason);
      throw new AssertionError("unreachable");
    }
    return url;
  }

  /** The URL of a new, empty database. */
  static String newDatabase() throws SQLException {
    String url = server();
    String name = "ledger_" + UUID.randomUUID().toString().replace("-", "");
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    return url.replaceFirst("(jdbc:postgresql://[^/]*/)[^?]*", "$1" + name);
  }

  static void drop(String url) throws SQLException {
    String name = url.replaceFirst("jdbc:postgresql://[^/]*/([^?]*).*", "$1");
    try (Connection connection = DriverManager.getConnection(server());
        Statement statement = connection.createStatement()) {
      statement.execute("DROP DATABASE " + name + " WITH (FORCE)");
    }
  }
}
