package org.quietune.release;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;

/**
 * The durable record of what has been spent on each data set. A spend is on disk before {@link
 * #charge} returns, and is never taken back.
 */
public interface Ledger extends AutoCloseable {

  /**
   * One spend.
   *
   * @param dataset the name under which the data set's spends are kept
   * @param run the run that spends
   * @param purpose what for
   * @param privacyUnit whose privacy the event speaks of
   * @param relation the neighboring relation
   * @param event the privacy event
   */
  record Charge(
      String dataset,
      String run,
      String purpose,
      String privacyUnit,
      NeighboringRelation relation,
      PrivacyEvent event) {
    public Charge {
      Objects.requireNonNull(dataset);
      Objects.requireNonNull(run);
      Objects.requireNonNull(purpose);
      Objects.requireNonNull(privacyUnit);
      Objects.requireNonNull(relation);
      Objects.requireNonNull(event);
    }
  }

  /**
   * Proof of a spend.
   *
   * @param sequence the entry's number in the ledger, from 1
   * @param hash the entry's hash, which covers the entry before it (hexadecimal SHA-256)
   */
  record Receipt(long sequence, String hash) {}

  /** An entry as it stands in the ledger. */
  record Entry(Receipt receipt, Instant time, Charge charge) {}

  /**
   * Writes a spend durably.
   *
   * @throws LedgerException when the spend could not be made durable; then nothing may be released
   */
  Receipt charge(Charge charge);

  /** The entries of one data set, oldest first. */
  List<Entry> entries(String dataset);

  @Override
  void close();
}
