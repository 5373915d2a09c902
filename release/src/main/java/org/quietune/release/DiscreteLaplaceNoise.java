package org.quietune.release;

import org.quietune.accounting.LaplaceEvent;
import org.quietune.accounting.NeighboringRelation;

/**
 * Discrete Laplace noise on a sum of one coordinate, where the clip's L2 norm is the L1 norm.
 *
 * <p>Guarantee: (ε, 0)-DP with ε = sensitivityFactor(relation) / multiplier. The sum is an integer
 * that one unit moves by at most that factor times the cells of the clip norm, and the noise has
 * scale multiplier · cells (docs/theory.md, Lemma 2b; proof: {@code DiscreteLaplaceNoise.proof.md}
 * beside this file).
 *
 * @param multiplier scale of the noise over clip norm, from 2⁻²⁰ to 2²⁰
 */
public record DiscreteLaplaceNoise(double multiplier) implements NoiseLaw {
  private static final double SMALLEST = 0x1p-20;
  private static final double LARGEST = 0x1p20;

  public DiscreteLaplaceNoise {
    if (!(multiplier >= SMALLEST) || !(multiplier <= LARGEST)) {
      throw new IllegalArgumentException(
          "noiseMultiplier must lie in [2^-20, 2^20]: " + multiplier);
    }
  }

  /** The noise that makes a release (ε, 0)-DP under {@code relation}, rounded up. */
  public static DiscreteLaplaceNoise forEpsilon(double epsilon, NeighboringRelation relation) {
    double multiplier = relation.sensitivityFactor() / epsilon;
    // The remainder of a correctly rounded quotient has the sign of its error.
    boolean isShort = Math.fma(multiplier, epsilon, -relation.sensitivityFactor()) < 0;
    return new DiscreteLaplaceNoise(isShort ? Math.nextUp(multiplier) : multiplier);
  }

  @Override
  public String inWords() {
    return "discrete Laplace";
  }

  @Override
  public LaplaceEvent event(int dimension, L2Clip clip, NeighboringRelation relation) {
    if (dimension != 1) {
      throw new IllegalArgumentException(
          "discrete Laplace noise is for sums of one coordinate, not " + dimension);
    }
    return new LaplaceEvent(multiplier);
  }
}
