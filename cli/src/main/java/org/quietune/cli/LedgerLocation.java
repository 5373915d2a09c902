package org.quietune.cli;

import java.nio.file.Path;

/** Where spends are written when nobody says where. */
final class LedgerLocation {
  private LedgerLocation() {}

  /** One ledger per user: a budget is only worth something if every run finds it. */
  static Path standard() {
    String configured = System.getenv("QUIETUNE_LEDGER");
    return configured != null && !configured.isBlank()
        ? Path.of(configured)
        : Path.of(System.getProperty("user.home"), ".quietune", "ledger.sqlite");
  }
}
