package org.quietune.release;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.quietune.accounting.NeighboringRelation;

/**
 * An entry as it is stored: texts, and the hash that chains them to the entry before. A spend has a
 * privacy event in {@code event}; a budget has its ε and δ there and an empty {@code run}.
 */
public record LedgerRow(
    long sequence,
    String dataset,
    String run,
    String purpose,
    String privacyUnit,
    String relation,
    String event,
    String time,
    String hash) {
  /** Stands for the hash before the first entry. */
  static final String GENESIS = "0".repeat(64);

  private static final String BUDGET_PURPOSE = "budget";

  static LedgerRow next(Ledger.Receipt head, Ledger.Charge charge, Instant time) {
    return new LedgerRow(
            head.sequence() + 1,
            charge.dataset(),
            charge.run(),
            charge.purpose(),
            charge.privacyUnit(),
            charge.relation().name(),
            EventJson.write(charge.event()),
            time.toString(),
            "")
        .chainedTo(head.hash());
  }

  static LedgerRow next(Ledger.Receipt head, Ledger.Budget budget, Instant time) {
    return new LedgerRow(
            head.sequence() + 1,
            budget.dataset(),
            "",
            BUDGET_PURPOSE,
            budget.privacyUnit(),
            budget.relation().name(),
            EventJson.writeBudget(budget.epsilon(), budget.delta()),
            time.toString(),
            "")
        .chainedTo(head.hash());
  }

  private LedgerRow chainedTo(String previous) {
    return new LedgerRow(
        sequence, dataset, run, purpose, privacyUnit, relation, event, time, hashAfter(previous));
  }

  /**
   * The hash that belongs to these texts after an entry with hash {@code previous}. Every field
   * goes in with its length, so no two entries share a preimage.
   */
  public String hashAfter(String previous) {
    MessageDigest digest = Sha256.digest();
    for (String field :
        List.of(
            previous,
            Long.toString(sequence),
            dataset,
            run,
            purpose,
            privacyUnit,
            relation,
            event,
            time)) {
      byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
      digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  public Ledger.Receipt receipt() {
    return new Ledger.Receipt(sequence, hash);
  }

  /**
   * The budget that the row sets; empty for a spend.
   *
   * @throws IllegalArgumentException when the texts are no entry of this version
   */
  Optional<Ledger.Budget> budget() {
    return EventJson.readBudget(event)
        .map(
            target ->
                new Ledger.Budget(
                    dataset,
                    privacyUnit,
                    NeighboringRelation.valueOf(relation),
                    target.epsilon(),
                    target.delta()));
  }

  /**
   * The spend that the row records.
   *
   * @throws IllegalArgumentException when the texts are no spend of this version
   */
  Ledger.Entry spend() {
    try {
      return new Ledger.Entry(
          receipt(),
          Instant.parse(time),
          new Ledger.Charge(
              dataset,
              run,
              purpose,
              privacyUnit,
              NeighboringRelation.valueOf(relation),
              EventJson.read(event)));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("not a time: " + time, e);
    }
  }
}
