package org.quietune.release;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PureDpEvent;

/**
 * Normal noise around the sum, conditioned on a ball around zero: the exponential mechanism of the
 * quadratic utility on a ball (docs/theory.md, Theorem 2).
 *
 * <p>Definition, in lattice cells: with {@code s = ⌊centerRadius·cells⌋}, {@code ρ =
 * ⌊radius·cells⌋}, {@code σ = multiplier·cells}, the sum S is projected onto the ball of radius s
 * and truncated toward zero, to S̃; the release is {@code Y = round(S̃ + σX)}, X standard normal,
 * conditioned on {@code ‖Y‖² ≤ ρ²}.
 *
 * <p>Guarantee: (ε, 0)-DP for a sum of k coordinates whose sensitivity is Δ cells, with {@code ε =
 * (Δ + h)(ρ + s + h/2)/σ²}, {@code h = ⌈√k⌉}, computed in exact arithmetic and rounded up. The
 * classical bound of the exponential mechanism has 2ρ in place of ρ + s.
 *
 * <p>Sampling is exact, by rejection. It is feasible where {@code ρ ≥ √(s² + kσ²) + √k/2}; then a
 * proposal is accepted with probability at least ¼, whatever the sum. Other plans are refused
 * before anything is spent. Proof: {@code BallNormalNoise.proof.md} beside this file.
 *
 * @param multiplier standard deviation σ of the normal law over clip norm, from 2⁻²⁰ to 2³⁰
 * @param centerRadius s over clip norm: a longer sum is shortened to it; positive
 * @param radius ρ over clip norm: no release is longer; at least {@code centerRadius}, at most 2³⁰
 */
public record BallNormalNoise(double multiplier, double centerRadius, double radius)
    implements NoiseLaw {
  private static final double SMALLEST = 0x1p-20;
  private static final double LARGEST = 0x1p30;

  /** The radius is this much longer than feasibility asks, so that rounding cannot matter. */
  private static final double ROUNDING_MARGIN = 1 + 0x1p-46;

  public BallNormalNoise {
    if (!(multiplier >= SMALLEST) || !(multiplier <= LARGEST)) {
      throw new IllegalArgumentException(
          "noiseMultiplier must lie in [2^-20, 2^30]: " + multiplier);
    }
    if (!(centerRadius > 0)) {
      throw new IllegalArgumentException("centerRadius must be positive: " + centerRadius);
    }
    if (!(radius >= centerRadius) || !(radius <= LARGEST)) {
      throw new IllegalArgumentException(
          "radius must lie in [centerRadius, 2^30] clip norms: " + radius);
    }
  }

  /**
   * The least noise that makes a release (ε, 0)-DP and can be sampled exactly, rounded up.
   *
   * @param centerRadius over clip norm, at least one cell
   * @throws IllegalArgumentException where there is none; the message says what to change
   */
  public static BallNormalNoise forEpsilon(
      double epsilon,
      int dimension,
      L2Clip clip,
      double centerRadius,
      NeighboringRelation relation) {
    if (!(epsilon > 0) || !(epsilon < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("epsilon must be positive and finite: " + epsilon);
    }
    double high = SMALLEST;
    while (!suffices(high, epsilon, dimension, clip, centerRadius, relation)) {
      high *= 2;
    }
    if (high == SMALLEST) {
      return feasible(high, dimension, clip, centerRadius);
    }
    double low = high / 2;
    for (double middle = (low + high) / 2;
        middle > low && middle < high;
        middle = (low + high) / 2) {
      if (suffices(middle, epsilon, dimension, clip, centerRadius, relation)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return feasible(high, dimension, clip, centerRadius);
  }

  private static boolean suffices(
      double multiplier,
      double epsilon,
      int dimension,
      L2Clip clip,
      double centerRadius,
      NeighboringRelation relation) {
    return feasible(multiplier, dimension, clip, centerRadius)
            .event(dimension, clip, relation)
            .epsilon()
        <= epsilon;
  }

  /** The law with the shortest radius that can be sampled. */
  private static BallNormalNoise feasible(
      double multiplier, int dimension, L2Clip clip, double centerRadius) {
    double cell = 1.0 / clip.cells();
    double radius =
        Math.hypot(centerRadius, multiplier * Math.sqrt(dimension)) * ROUNDING_MARGIN
            + (BallProjection.truncationSlack(dimension) / 2.0 + 2) * cell;
    if (!(multiplier <= LARGEST) || !(radius <= LARGEST)) {
      throw new IllegalArgumentException(
          "pure DP on "
              + dimension
              + " directions needs noise beyond 2^30 clip norms: take fewer directions, a larger"
              + " epsilon or a smaller centerRadius");
    }
    return new BallNormalNoise(multiplier, centerRadius, radius);
  }

  @Override
  public String inWords() {
    return "normal within a ball";
  }

  @Override
  public PureDpEvent event(int dimension, L2Clip clip, NeighboringRelation relation) {
    return event(
        dimension,
        clip.sensitivityCells(relation),
        centerRadiusCells(clip),
        radiusCells(clip),
        new BigDecimal(multiplier * clip.cells()));
  }

  /** {@code (Δ + h)(2ρ + 2s + h)/(2σ²)}, rounded up; all lengths in cells. */
  static PureDpEvent event(
      int dimension, long sensitivity, long centerRadius, long radius, BigDecimal stddev) {
    long h = BallProjection.truncationSlack(dimension);
    BigInteger shift = BigInteger.valueOf(sensitivity + h);
    BigInteger reach = BigInteger.valueOf(2 * radius + 2 * centerRadius + h);
    BigDecimal ratio = new BigDecimal(shift.multiply(reach));
    BigDecimal variances = stddev.multiply(stddev).multiply(BigDecimal.valueOf(2));
    int scale = Math.max(0, variances.scale());
    return PureDpEvent.ofRatioUp(
        ratio.scaleByPowerOfTen(scale).toBigIntegerExact(),
        variances.scaleByPowerOfTen(scale).toBigIntegerExact());
  }

  /** s, in cells. */
  long centerRadiusCells(L2Clip clip) {
    return (long) (centerRadius * clip.cells());
  }

  /** ρ, in cells. */
  long radiusCells(L2Clip clip) {
    return (long) (radius * clip.cells());
  }
}
