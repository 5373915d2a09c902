package org.quietune.release;

import java.util.Objects;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;

/**
 * Everything that the privacy of one noisy sum depends on, in one immutable value: what is clipped,
 * how much noise is added, and for which relation. It holds public configuration only.
 *
 * <p>Guarantee of a release under this plan: μ-Gaussian DP, {@code μ = sensitivityFactor(relation)
 * / noiseMultiplier} rounded up, for one privacy unit (docs/theory.md, Theorem 1).
 *
 * @param purpose what the sum is for, in a few words; written to the ledger
 * @param dimension coordinates of a vector
 * @param clip the clipper, from which the sensitivity comes
 * @param noiseMultiplier noise standard deviation over clip norm, from 2⁻²⁰ to 2³⁰
 * @param relation the neighboring relation
 */
public record SumPlan(
    String purpose,
    int dimension,
    L2Clip clip,
    double noiseMultiplier,
    NeighboringRelation relation) {

  private static final double SMALLEST_MULTIPLIER = 0x1p-20;
  private static final double LARGEST_MULTIPLIER = 0x1p30;

  public SumPlan {
    Objects.requireNonNull(purpose);
    Objects.requireNonNull(clip);
    Objects.requireNonNull(relation);
    if (dimension < 1) {
      throw new IllegalArgumentException("dimension must be positive: " + dimension);
    }
    if (!(noiseMultiplier >= SMALLEST_MULTIPLIER) || !(noiseMultiplier <= LARGEST_MULTIPLIER)) {
      throw new IllegalArgumentException(
          "noiseMultiplier must lie in [2^-20, 2^30]: " + noiseMultiplier);
    }
  }

  /** The plan whose release is {@code mu}-GDP under {@code relation}; the noise rounds up. */
  public static SumPlan forMu(
      String purpose, int dimension, L2Clip clip, double mu, NeighboringRelation relation) {
    // The factor is 1 or 2, so the product is exact.
    double noiseMultiplier = relation.sensitivityFactor() * GaussianDp.noiseMultiplier(mu);
    return new SumPlan(purpose, dimension, clip, noiseMultiplier, relation);
  }

  /** The privacy event that a release under this plan is charged as. */
  public GaussianEvent event() {
    return new GaussianEvent(noiseMultiplier);
  }

  /** Gaussian-DP parameter of the release, rounded up. */
  public double mu() {
    return relation.sensitivityFactor() * GaussianDp.muOf(noiseMultiplier);
  }

  /** Standard deviation of the noise in lattice cells; exact, since cells are a power of two. */
  double noiseStddevCells() {
    return noiseMultiplier * clip.cells();
  }

  /** Standard deviation of the noise in the units of the vectors. */
  public double noiseStddev() {
    return noiseMultiplier * clip.clipNorm();
  }
}
