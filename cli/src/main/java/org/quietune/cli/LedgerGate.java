package org.quietune.cli;

import org.quietune.release.Ledger;

/** What is asked of the ledger before a run reads, writes or spends anything. */
final class LedgerGate {
  private LedgerGate() {}

  /**
   * Lets a run begin that fits its data set's budget as a whole; says loudly where there is none.
   *
   * @param wholeRun the run as one release
   * @throws org.quietune.release.BudgetRefusedException when the budget has no room for it
   */
  static void admit(Ledger ledger, Ledger.Charge wholeRun) {
    ledger.requireRoom(wholeRun);
    if (ledger.read().budget(wholeRun.dataset()).isEmpty()) {
      System.err.printf(
          "quietune: WARNING: the data set '%s' has no budget: spends are recorded, but nothing"
              + " limits them. Set one: quietune ledger init --dataset '%s' --epsilon E --delta D%n",
          wholeRun.dataset(), wholeRun.dataset());
    }
  }
}
