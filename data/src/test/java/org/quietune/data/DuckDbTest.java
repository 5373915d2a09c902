package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DuckDbTest {
  private final Path dir;

  DuckDbTest(@TempDir Path dir) {
    this.dir = dir;
  }

  @Test
  void readsItsFileAndNothingElse() throws SQLException {
    DataFile file = Fixtures.file(dir, "a.csv", "a,y\n1,0\n");
    Path other = Fixtures.write(dir, "b.csv", "a,y\n1,0\n");
    TableSource source = (TableSource) file.source();
    try (DuckDb db = DuckDb.openUnstreamed(source);
        Statement statement = db.statement()) {
      try (ResultSet own = statement.executeQuery("SELECT count(*) FROM " + source.relation())) {
        assertTrue(own.next());
        assertEquals(1, own.getInt(1));
      }
      for (String forbidden :
          new String[] {
            "SELECT * FROM read_csv(" + TableSource.literal(other.toString()) + ")",
            "SELECT * FROM read_csv('https://example.invalid/a.csv')",
            "COPY (SELECT 1) TO " + TableSource.literal(dir.resolve("c.csv").toString()),
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "SET autoinstall_known_extensions = true"
          }) {
        assertThrows(SQLException.class, () -> statement.execute(forbidden), forbidden);
      }
    }
  }
}
