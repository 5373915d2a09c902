package org.quietune.accounting;

import java.util.function.DoubleUnaryOperator;

/**
 * What ρ-zero-concentrated DP (zCDP) says about (ε, δ).
 *
 * <p>Definition: a release is ρ-zCDP if its Rényi divergence of every order α &gt; 1 is at most αρ.
 * The Gaussian mechanism with multiplier σ is 1/(2σ²)-zCDP, an (ε, 0)-DP release ε²/2-zCDP; ρ adds
 * up under composition.
 *
 * <p>Guarantee: (ε, δ)-DP for the relation of ρ, by the conversion of {@link RdpAccountant} at the
 * best of all orders. For Gaussian noise {@link GaussianDp} is exact, and better.
 *
 * <p>Numerics: ε and δ are rounded up; no overflow, and positive δ below {@link Double#MIN_VALUE}
 * become that.
 *
 * <p>Source: M. Bun, T. Steinke, "Concentrated differential privacy", TCC 2016; C. Canonne, G.
 * Kamath, T. Steinke, NeurIPS 2020, Proposition 12.
 */
public final class ZeroConcentratedDp {

  private static final double GOLDEN = 0.6180339887498949;
  private static final int SEARCH_STEPS = 120;

  private ZeroConcentratedDp() {}

  /**
   * The smallest ε ≥ 0 that the conversion gives.
   *
   * @param rho nonnegative and finite
   * @param delta strictly between 0 and 1
   */
  public static double epsilon(double rho, double delta) {
    Domain.nonnegativeAndFinite("rho", rho);
    Domain.insideUnitInterval("delta", delta);
    if (rho == 0) {
      return 0;
    }
    double scale = Math.sqrt(-Math.log(delta) / rho);
    double order = best(scale, a -> RenyiConversion.unclampedEpsilon(a, rhoTimes(rho, a), delta));
    return RenyiConversion.epsilon(order, rhoTimes(rho, order), delta);
  }

  /**
   * The smallest δ that the conversion gives.
   *
   * @param rho nonnegative and finite
   * @param epsilon nonnegative
   */
  public static double delta(double rho, double epsilon) {
    Domain.nonnegativeAndFinite("rho", rho);
    Domain.nonnegative("epsilon", epsilon);
    if (rho == 0 || epsilon == Double.POSITIVE_INFINITY) {
      return 0;
    }
    double scale = Math.max((epsilon / rho + 1) / 2, 1);
    double order =
        best(scale, a -> RenyiConversion.unclampedLogDelta(a, rhoTimes(rho, a), epsilon));
    return RdpAccountant.deltaUp(RenyiConversion.logDelta(order, rhoTimes(rho, order), epsilon));
  }

  private static double rhoTimes(double rho, double order) {
    return Math.nextUp(rho * order);
  }

  /** The order near which a function with one valley is least; any order is a valid choice. */
  private static double best(double scale, DoubleUnaryOperator function) {
    double low = Math.log(scale) - 30;
    double high = Math.log(scale) + 30;
    double left = high - GOLDEN * (high - low);
    double right = low + GOLDEN * (high - low);
    double atLeft = function.applyAsDouble(1 + Math.exp(left));
    double atRight = function.applyAsDouble(1 + Math.exp(right));
    for (int i = 0; i < SEARCH_STEPS; i++) {
      if (atLeft <= atRight) {
        high = right;
        right = left;
        atRight = atLeft;
        left = high - GOLDEN * (high - low);
        atLeft = function.applyAsDouble(1 + Math.exp(left));
      } else {
        low = left;
        left = right;
        atLeft = atRight;
        right = low + GOLDEN * (high - low);
        atRight = function.applyAsDouble(1 + Math.exp(right));
      }
    }
    return Math.max(Math.nextUp(1.0), 1 + Math.exp(left));
  }
}
