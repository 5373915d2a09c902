package org.quietune.release;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All entries of a ledger at one moment, their chain checked. Immutable. */
public final class LedgerBook {
  private final String name;
  private final List<LedgerRow> rows;
  private final Map<String, Ledger.Budget> budgets = new LinkedHashMap<>();
  private final Map<String, List<Ledger.Entry>> spends = new TreeMap<>();

  private LedgerBook(String name, List<LedgerRow> rows) {
    this.name = name;
    this.rows = List.copyOf(rows);
  }

  /**
   * Checks that the rows are a whole chain that ends in {@code head}.
   *
   * @param name of the ledger, for errors
   * @param rows in order of their sequence
   * @param head the last entry's receipt as recorded apart from the entries
   * @throws LedgerException naming the first entry that does not fit
   */
  static LedgerBook verified(String name, List<LedgerRow> rows, Ledger.Receipt head) {
    LedgerBook book = verified(name, rows);
    long last = book.head().sequence();
    if (last < head.sequence()) {
      throw book.changed(
          last + 1 == head.sequence()
              ? "entry " + head.sequence() + " was removed from its end"
              : "entries " + (last + 1) + " to " + head.sequence() + " were removed from its end");
    }
    if (last > head.sequence()) {
      throw book.changed(
          "entry " + (head.sequence() + 1) + " was added past the recorded head of the chain");
    }
    if (!book.head().hash().equals(head.hash())) {
      throw book.changed("the recorded head does not fit entry " + last);
    }
    return book;
  }

  /** The same where no head was recorded: rows removed from the end go unnoticed. */
  static LedgerBook verified(String name, List<LedgerRow> rows) {
    LedgerBook book = new LedgerBook(name, rows);
    String previous = LedgerRow.GENESIS;
    long expected = 1;
    for (LedgerRow row : rows) {
      if (row.sequence() != expected) {
        throw book.changed("entry " + expected + " is missing");
      }
      if (!row.hashAfter(previous).equals(row.hash())) {
        throw book.changed("entry " + row.sequence() + " does not fit");
      }
      book.add(row);
      previous = row.hash();
      expected++;
    }
    return book;
  }

  private void add(LedgerRow row) {
    try {
      Optional<Ledger.Budget> budget = row.budget();
      if (budget.isEmpty()) {
        spends.computeIfAbsent(row.dataset(), dataset -> new ArrayList<>()).add(row.spend());
      } else if (budgets.putIfAbsent(row.dataset(), budget.get()) != null) {
        throw changed("entry " + row.sequence() + " sets a second budget");
      }
    } catch (IllegalArgumentException e) {
      throw new LedgerException(
          "entry " + row.sequence() + " of the ledger " + name + " cannot be read", e);
    }
  }

  private LedgerException changed(String what) {
    return new LedgerException("the ledger " + name + " was changed: " + what);
  }

  /** The last entry; sequence 0 where there is none. */
  public Ledger.Receipt head() {
    return rows.isEmpty()
        ? new Ledger.Receipt(0, LedgerRow.GENESIS)
        : rows.get(rows.size() - 1).receipt();
  }

  /** Whether the entry, or the head of an earlier state, is part of this chain. */
  public boolean holds(Ledger.Receipt receipt) {
    long sequence = receipt.sequence();
    return sequence >= 1
        && sequence <= rows.size()
        && rows.get((int) sequence - 1).receipt().equals(receipt);
  }

  /** All entries as they are stored, oldest first. */
  public List<LedgerRow> rows() {
    return rows;
  }

  /** The spends of one data set, oldest first. */
  public List<Ledger.Entry> entries(String dataset) {
    return List.copyOf(spends.getOrDefault(dataset, List.of()));
  }

  /** The budget of a data set, where it was set. */
  public Optional<Ledger.Budget> budget(String dataset) {
    return Optional.ofNullable(budgets.get(dataset));
  }

  /**
   * The accounts of all data sets, by name: one for each that has a budget; else one for each
   * privacy unit and relation under which something was spent.
   */
  public List<Account> accounts() {
    TreeMap<String, @Nullable Void> datasets = new TreeMap<>();
    budgets.keySet().forEach(dataset -> datasets.put(dataset, null));
    spends.keySet().forEach(dataset -> datasets.put(dataset, null));
    return datasets.keySet().stream().flatMap(dataset -> accounts(dataset).stream()).toList();
  }

  /** The accounts of one data set; empty where the ledger does not know it. */
  public List<Account> accounts(String dataset) {
    Ledger.Budget budget = budgets.get(dataset);
    if (budget != null) {
      return List.of(Account.of(budget, entries(dataset)));
    }
    Map<List<Object>, List<Ledger.Entry>> groups = new LinkedHashMap<>();
    for (Ledger.Entry entry : entries(dataset)) {
      groups
          .computeIfAbsent(
              List.of(entry.charge().privacyUnit(), entry.charge().relation()),
              key -> new ArrayList<>())
          .add(entry);
    }
    return groups.values().stream().map(Account::unlimited).toList();
  }

  /**
   * Refuses a spend that the data set's budget does not allow.
   *
   * @throws BudgetRefusedException saying why, and what would fit
   */
  void requireRoom(Ledger.Charge charge) {
    Account.requireBoundable(charge);
    Ledger.Budget budget = budgets.get(charge.dataset());
    if (budget != null) {
      Account.of(budget, entries(charge.dataset())).requireRoom(charge);
    }
  }

  /**
   * Refuses a budget for a data set that has one, or whose spends it does not cover.
   *
   * @throws BudgetRefusedException saying why
   */
  void requireNew(Ledger.Budget budget) {
    Ledger.Budget old = budgets.get(Objects.requireNonNull(budget).dataset());
    if (old != null) {
      throw new BudgetRefusedException(
          "the data set '%s' already has a budget (%s), and a budget is set once"
              .formatted(old.dataset(), Account.inWords(old)));
    }
    Account.of(budget, entries(budget.dataset())).requireCovered();
  }
}
