package org.quietune.tuning;

import java.util.List;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.data.Example;
import org.quietune.geometry.Subspace;
import org.quietune.model.Network;
import org.quietune.model.RowwiseNetwork;
import org.quietune.release.ReleaseContext;

/** A method of private fine-tuning. Holds public configuration only. */
public interface FineTuningMethod {

  /** The name used on the command line and in the certificate. */
  String name();

  /**
   * Refuses a budget that the method cannot spend. Asked before anything is spent.
   *
   * @throws IllegalArgumentException saying what would fit
   */
  default void requireBudget(PrivacyBudget budget) {}

  /**
   * Refuses a model, or directions, to which what the method was asked for does not apply. Asked
   * before anything is spent.
   *
   * @throws org.quietune.data.InvalidDataException saying to which it does
   */
  default void requireFit(RowwiseNetwork network, Subspace subspace) {}

  /** What all releases of a run on this budget are charged as, together. */
  default PrivacyEvent spend(PrivacyBudget budget) {
    return budget.event();
  }

  /** The directions that the method trains, from public data alone. */
  default Subspace subspace(Network network, double[] theta, List<Example> publicData) {
    return FineTuning.subspace(network, theta, publicData);
  }

  /**
   * Runs the method. All it learns of the private records comes through {@code context}'s door, and
   * all it spends stays within the task's budget.
   */
  FineTuned run(FineTuningTask task, ReleaseContext context, RoundListener listener);
}
