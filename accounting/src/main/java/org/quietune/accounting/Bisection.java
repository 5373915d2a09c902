package org.quietune.accounting;

import java.util.function.DoublePredicate;

/** Searches among all nonnegative doubles, which are ordered like their bit patterns. */
final class Bisection {

  private Bisection() {}

  /** The first double in [0, ∞] at which a predicate holds that holds from some point on. */
  static double firstThatHolds(DoublePredicate predicate) {
    long fails = -1;
    long holds = Double.doubleToLongBits(Double.POSITIVE_INFINITY);
    while (holds - fails > 1) {
      long middle = (fails + holds) >>> 1;
      if (predicate.test(Double.longBitsToDouble(middle))) {
        holds = middle;
      } else {
        fails = middle;
      }
    }
    return Double.longBitsToDouble(holds);
  }
}
