package org.quietune.release;

import java.util.List;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianDpAccountant;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;

/**
 * What one run of a selection may spend of what the selection has paid: charges that together are
 * at most one Gaussian release. It writes nothing; every charge gets the selection's receipt.
 */
final class PrepaidLedger implements Ledger {
  private final Receipt receipt;
  private final double mu;
  private final GaussianDpAccountant spent;

  PrepaidLedger(Receipt receipt, GaussianEvent paid, NeighboringRelation relation) {
    this.receipt = receipt;
    this.mu = relation.sensitivityFactor() * GaussianDp.muOf(paid.noiseMultiplier());
    this.spent = new GaussianDpAccountant(relation);
  }

  @Override
  public synchronized Receipt charge(Charge charge) {
    if (charge.relation() != spent.neighboringRelation()) {
      throw new IllegalStateException("a run must spend under the selection's relation");
    }
    PrivacyEvent event = charge.event();
    spent.compose(event);
    if (spent.mu() > mu) {
      throw new IllegalStateException(
          "the run spends more than its share: mu " + spent.mu() + " of " + mu);
    }
    return receipt;
  }

  @Override
  public Receipt setBudget(Budget budget) {
    throw new UnsupportedOperationException("the budget of a run is the selection's");
  }

  @Override
  public LedgerBook read() {
    return LedgerBook.verified("of one run of a selection", List.of());
  }

  @Override
  public void close() {}
}
