package org.quietune.accounting;

/**
 * One release that is (ε, 0)-differentially private under the accountant's neighboring relation.
 *
 * @param epsilon the bound on the log of any ratio of probabilities; nonnegative and finite
 */
public record PureDpEvent(double epsilon) implements PrivacyEvent {

  /** Checks the domain. */
  public PureDpEvent {
    Domain.nonnegativeAndFinite("epsilon", epsilon);
  }
}
