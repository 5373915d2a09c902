package org.quietune.accounting;

/**
 * Pure differential privacy as a curve: an (ε₀, 0)-DP mechanism is (ε, δ)-DP with {@code δ(ε) =
 * (e^ε₀ − e^ε)/(1 + e^ε₀)} for 0 ≤ ε ≤ ε₀, tightly for randomized response (Kairouz, Oh, Viswanath
 * 2015, Theorem 3.3 at one step).
 */
final class PureDp {
  /** More than the relative error of the few rounded operations below. */
  private static final double UP = 1 + 0x1p-48;

  private PureDp() {}

  /** The δ at {@code epsilon} of an ({@code pure}, 0)-DP mechanism, rounded up. */
  static double delta(double pure, double epsilon) {
    Domain.nonnegative("epsilon", epsilon);
    if (epsilon >= pure) {
      return 0;
    }
    // (1 − e^(ε − ε₀))/(1 + e^−ε₀): no large exponential.
    double delta = -Math.expm1(epsilon - pure) / (1 + Math.exp(-pure));
    return Math.min(1, Math.max(Double.MIN_VALUE, delta * UP));
  }
}
