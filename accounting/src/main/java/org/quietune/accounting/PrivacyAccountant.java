package org.quietune.accounting;

/**
 * Adds up the privacy loss of releases from the same private data.
 *
 * <p>All answers err on the safe side: epsilon and delta are never below the exact value of the
 * bound that the accountant implements. Not thread-safe.
 */
public interface PrivacyAccountant {

  /** The relation under which all answers hold. */
  NeighboringRelation neighboringRelation();

  /**
   * Adds a release. Either all of the event is added, or none of it.
   *
   * @throws UnsupportedEventException if the event or a part of it is unknown to this accountant
   */
  void compose(PrivacyEvent event);

  /**
   * An epsilon such that everything composed so far is (epsilon, delta)-DP, rounded up.
   *
   * @param delta strictly between 0 and 1
   */
  double epsilon(double delta);

  /**
   * A delta such that everything composed so far is (epsilon, delta)-DP, rounded up.
   *
   * @param epsilon nonnegative
   */
  double delta(double epsilon);
}
