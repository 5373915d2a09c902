package org.quietune.accounting;

import java.math.BigInteger;

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

  /** The event with ε = numerator / denominator, both positive, rounded up. */
  public static PureDpEvent ofRatioUp(BigInteger numerator, BigInteger denominator) {
    return new PureDpEvent(DirectedRounding.ratioUp(numerator, denominator));
  }
}
