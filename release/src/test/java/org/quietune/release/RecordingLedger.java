package org.quietune.release;

import java.util.List;

/** Notes that a charge came, and whose. */
class RecordingLedger implements Ledger {
  private final List<String> events;

  RecordingLedger(List<String> events) {
    this.events = events;
  }

  @Override
  public Receipt charge(Charge charge) {
    events.add("charge " + charge.privacyUnit());
    return new Receipt(1, "h");
  }

  @Override
  public Receipt setBudget(Budget budget) {
    throw new UnsupportedOperationException();
  }

  @Override
  public LedgerBook read() {
    return LedgerBook.verified("test", List.of());
  }

  @Override
  public void close() {}
}
