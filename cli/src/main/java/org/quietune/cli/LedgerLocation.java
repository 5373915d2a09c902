package org.quietune.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.quietune.data.InvalidDataException;
import org.quietune.release.Ledger;
import org.quietune.release.PostgresLedger;
import org.quietune.release.SqliteLedger;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Where spends are written: an SQLite file or a PostgreSQL database.
 *
 * @param place a path, or a JDBC URL, which may hold a password and is never printed
 */
record LedgerLocation(String place) {
  private static final String SCHEME = "(?i)(jdbc:.*|[a-z][a-z0-9+.-]*://.*)";

  LedgerLocation {
    if (!PostgresLedger.isUrl(place) && place.matches(SCHEME)) {
      throw new IllegalArgumentException(
          "a ledger is a file or jdbc:postgresql://HOST:PORT/DATABASE");
    }
  }

  /** One ledger per user: a budget is only worth something if every run finds it. */
  static LedgerLocation standard() {
    String configured = System.getenv("QUIETUNE_LEDGER");
    return configured != null && !configured.isBlank()
        ? new LedgerLocation(configured)
        : of(Path.of(System.getProperty("user.home"), ".quietune", "ledger.sqlite"));
  }

  static LedgerLocation of(Path file) {
    return new LedgerLocation(file.toString());
  }

  /** Opens the ledger; creates it where there is none. */
  Ledger open() {
    return PostgresLedger.isUrl(place)
        ? PostgresLedger.open(place)
        : SqliteLedger.open(Path.of(place));
  }

  /**
   * Opens a ledger that is there.
   *
   * @throws InvalidDataException when there is no such file
   */
  Ledger openExisting() {
    if (PostgresLedger.isUrl(place)) {
      return PostgresLedger.openExisting(place);
    }
    if (!Files.exists(Path.of(place))) {
      throw new InvalidDataException("there is no ledger " + place);
    }
    return SqliteLedger.openExisting(Path.of(place));
  }

  /** The path of a file; empty for a URL, which may hold a password. */
  String withoutSecrets() {
    return PostgresLedger.isUrl(place) ? "" : place;
  }

  @Override
  public String toString() {
    return PostgresLedger.isUrl(place) ? "a PostgreSQL database" : place;
  }

  /** From the value of {@code --ledger}. */
  static final class Converter implements ITypeConverter<LedgerLocation> {
    @Override
    public LedgerLocation convert(String value) {
      try {
        return new LedgerLocation(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
