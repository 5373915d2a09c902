package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ExtractedLibraryTest {

  /** A process that is killed from here on leaves nothing behind. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void isGoneAsSoonAsItIsLoaded(@TempDir Path dir) throws IOException, SQLException {
    DataFile file = Fixtures.file(dir, "a.csv", "a,y\n1,0\n");
    try (DuckDb db = DuckDb.openUnstreamed((TableSource) file.source())) {
      List<String> maps = Files.readAllLines(Path.of("/proc/self/maps"));
      assertTrue(
          maps.stream().anyMatch(line -> line.matches(".*libduckdb_java\\d+\\.so \\(deleted\\)")));
      assertEquals(List.of(), ExtractedLibrary.mapped(maps));
      assertTrue(db.statement().execute("SELECT 1"), "the library goes on working");
    }
  }

  @Test
  void namesTheDriversCopyAndNothingElse() {
    assertEquals(
        List.of(Path.of("/tmp/libduckdb_java12.so")),
        ExtractedLibrary.mapped(
            List.of(
                "7f-80 r-xp 00000000 fe:00 12  /tmp/libduckdb_java12.so",
                "80-81 rw-p 00000000 fe:00 12  /tmp/libduckdb_java12.so",
                "81-82 r-xp 00000000 fe:00 13  /tmp/libduckdb_java13.so (deleted)",
                "82-83 r-xp 00000000 fe:00 14  /tmp/libduckdb_java.so",
                "83-84 r-xp 00000000 fe:00 15  /usr/lib/libc.so.6",
                "84-85 rw-p 00000000 00:00 0")));
  }
}
