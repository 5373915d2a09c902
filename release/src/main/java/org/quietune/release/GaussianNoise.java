package org.quietune.release;

import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;

/**
 * Independent normal noise in every coordinate, rounded to the lattice: the sum becomes round(S +
 * σX) (docs/theory.md, Theorem 1 and Lemma 2; proof: {@code GaussianNoise.proof.md} beside this
 * file).
 *
 * @param multiplier noise standard deviation over clip norm, from 2⁻²⁰ to 2³⁰
 */
public record GaussianNoise(double multiplier) implements NoiseLaw {
  private static final double SMALLEST = 0x1p-20;
  private static final double LARGEST = 0x1p30;

  public GaussianNoise {
    requireMultiplier(multiplier);
  }

  /** Refuses what lies outside [2⁻²⁰, 2³⁰]. */
  static void requireMultiplier(double multiplier) {
    if (!(multiplier >= SMALLEST) || !(multiplier <= LARGEST)) {
      throw new IllegalArgumentException(
          "noiseMultiplier must lie in [2^-20, 2^30]: " + multiplier);
    }
  }

  @Override
  public String inWords() {
    return "normal";
  }

  @Override
  public GaussianEvent event(int dimension, L2Clip clip, NeighboringRelation relation) {
    return new GaussianEvent(multiplier);
  }

  /** Gaussian-DP parameter of the release, rounded up. */
  public double mu(NeighboringRelation relation) {
    // The factor is 1 or 2, so the product is exact.
    return relation.sensitivityFactor() * GaussianDp.muOf(multiplier);
  }

  /** The noise that makes a release {@code mu}-GDP under {@code relation}, rounded up. */
  public static GaussianNoise forMu(double mu, NeighboringRelation relation) {
    return new GaussianNoise(relation.sensitivityFactor() * GaussianDp.noiseMultiplier(mu));
  }
}
