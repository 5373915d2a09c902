package org.quietune.tuning;

import org.quietune.accounting.GaussianDpAccountant;
import org.quietune.release.SumPlan;

/** What releases guarantee, from their events alone. */
final class Guarantees {
  private Guarantees() {}

  /** The μ of one release under its plan's relation. */
  static double mu(SumPlan plan) {
    GaussianDpAccountant accountant = new GaussianDpAccountant(plan.relation());
    accountant.compose(plan.event());
    return accountant.mu();
  }
}
