package org.quietune.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --ledger}: where spends are recorded. */
final class LedgerOption {
  @Option(
      names = "--ledger",
      paramLabel = "FILE|URL",
      converter = LedgerLocation.Converter.class,
      description =
          "SQLite file or jdbc:postgresql: URL that records every spend (default: $QUIETUNE_LEDGER,"
              + " else ~/.quietune/ledger.sqlite)")
  private @Nullable LedgerLocation ledger;

  /** As given, else the user's own. */
  LedgerLocation location() {
    return ledger == null ? LedgerLocation.standard() : ledger;
  }

  boolean isGiven() {
    return ledger != null;
  }
}
