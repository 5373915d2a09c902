package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.function.Executable;
import org.quietune.release.InsecureAccess;
import org.quietune.release.PrivateRecords;

/** Files and readings that the table tests share. */
final class Fixtures {
  private Fixtures() {}

  /** Writes text as it is, gzipped if the name says so. */
  static DataFile file(Path directory, String name, String text) {
    return DataFile.of(write(directory, name, text).toString());
  }

  static Path write(Path directory, String name, String text) {
    return write(directory, name, text.getBytes(StandardCharsets.UTF_8));
  }

  static Path write(Path directory, String name, byte[] bytes) {
    Path path = directory.resolve(name);
    try {
      Files.createDirectories(directory);
      try (OutputStream file = Files.newOutputStream(path);
          OutputStream out = name.endsWith(".gz") ? new GZIPOutputStream(file) : file) {
        out.write(bytes);
      }
      return path;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the result of a query as Parquet. */
  static Path parquet(Path directory, String name, String query) {
    return parquet(directory, name, query, 122_880);
  }

  static Path parquet(Path directory, String name, String query, int rowGroup) {
    Path path = directory.resolve(name);
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "COPY (%s) TO '%s' (FORMAT parquet, ROW_GROUP_SIZE %d)"
              .formatted(query, path.toString().replace("'", "''"), rowGroup));
      return path;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The message of a refusal, without the directory, so that it can be compared as a whole. */
  static String refusal(Path directory, Executable action) {
    InvalidDataException refused = assertThrows(InvalidDataException.class, action);
    return String.valueOf(refused.getMessage()).replace(directory + "/", "");
  }

  /** One unit per list, in the order of the cursor. */
  static List<List<Example>> units(PrivateRecords<Example> sealed) {
    List<List<Example>> units = new ArrayList<>();
    try (PrivateRecords.Cursor<Example> cursor =
        sealed.openWithoutPrivacy(InsecureAccess.forPublishedDataOnly()).open()) {
      while (cursor.advance()) {
        if (cursor.startsUnit()) {
          units.add(new ArrayList<>());
        }
        units.get(units.size() - 1).add(cursor.record());
      }
    }
    return units;
  }

  static Example example(double label, double... features) {
    float[] values = new float[features.length];
    for (int i = 0; i < features.length; i++) {
      values[i] = (float) features[i];
    }
    return new Example(values, label);
  }
}
