package org.quietune.release;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;

/**
 * The durable record of what may be and what has been spent on each data set. A spend is on disk
 * before {@link #charge} returns, and is never taken back.
 *
 * <p>Guarantee: where a data set has a budget (ε, δ), all its spends together, in the ledger and in
 * any order of concurrent spenders, are (ε, δ)-DP for the budget's unit and relation, by {@link
 * org.quietune.accounting.TightAccountant}; a spend that would break this is refused and leaves no
 * trace. Where all spends are Gaussian, or δ = 0, this holds however each was chosen in view of
 * earlier outputs; for mixtures only where outputs do not decide which spends follow
 * (docs/theory.md §5.9). Entries are chained by hash: what a change of the record can and cannot
 * hide is in docs/ledger.md.
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
   * What may be spent on a data set in all.
   *
   * @param dataset the name under which the data set's spends are kept
   * @param privacyUnit whose privacy is protected
   * @param relation the neighboring relation
   * @param epsilon positive and finite
   * @param delta nonnegative and below 1; with 0 only releases with a pure guarantee fit
   */
  record Budget(
      String dataset,
      String privacyUnit,
      NeighboringRelation relation,
      double epsilon,
      double delta) {
    public Budget {
      Objects.requireNonNull(dataset);
      Objects.requireNonNull(privacyUnit);
      Objects.requireNonNull(relation);
      if (!(epsilon > 0) || !(epsilon < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("epsilon must be positive and finite: " + epsilon);
      }
      if (!(delta >= 0) || !(delta < 1)) {
        throw new IllegalArgumentException("delta must lie in [0, 1): " + delta);
      }
    }
  }

  /**
   * Proof of an entry.
   *
   * @param sequence the entry's number in the ledger, from 1
   * @param hash the entry's hash, which covers the entry before it (hexadecimal SHA-256)
   */
  record Receipt(long sequence, String hash) {}

  /** A spend as it stands in the ledger. The time is for people; nothing is decided by it. */
  record Entry(Receipt receipt, Instant time, Charge charge) {}

  /**
   * Writes a spend durably, unless the data set's budget has no room for it. Budget and spends are
   * read, and the spend is written, in one transaction that excludes all other writers.
   *
   * @throws BudgetRefusedException when the budget does not allow it; then nothing was written
   * @throws LedgerException when the spend could not be made durable; then nothing may be released
   */
  Receipt charge(Charge charge);

  /**
   * Sets a data set's budget, durably and once. Spends made before count.
   *
   * @throws BudgetRefusedException when the data set has a budget already, or spends that the
   *     budget does not cover; then nothing was written
   */
  Receipt setBudget(Budget budget);

  /**
   * All entries at one moment, checked.
   *
   * @throws LedgerException when an entry was changed, moved, removed or added, naming the entry
   */
  LedgerBook read();

  /** The spends of one data set, oldest first. */
  default List<Entry> entries(String dataset) {
    return read().entries(dataset);
  }

  /**
   * Asks for room without spending. A later {@link #charge} may still be refused where others spend
   * in between.
   *
   * @throws BudgetRefusedException as {@link #charge} would
   */
  default void requireRoom(Charge charge) {
    read().requireRoom(charge);
  }

  @Override
  void close();
}
