package org.quietune.release;

import java.util.Objects;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;

/**
 * Everything that the privacy of one noisy sum depends on, in one immutable value: what is clipped,
 * what noise is added, and for which relation. It holds public configuration only.
 *
 * <p>Guarantee of a release under this plan: that of its {@link #event()}, under its relation, for
 * one privacy unit. With {@link GaussianNoise} this is μ-Gaussian DP, {@code μ =
 * sensitivityFactor(relation) / multiplier} (docs/theory.md, Theorem 1); with the other laws it is
 * (ε, 0)-DP (Theorem 2 and Lemma 2b).
 *
 * @param purpose what the sum is for, in a few words; written to the ledger
 * @param dimension coordinates of a vector
 * @param clip the clipper, from which the sensitivity comes
 * @param noise the law of the noise
 * @param relation the neighboring relation
 */
public record SumPlan(
    String purpose, int dimension, L2Clip clip, NoiseLaw noise, NeighboringRelation relation) {

  public SumPlan {
    Objects.requireNonNull(purpose);
    Objects.requireNonNull(clip);
    Objects.requireNonNull(noise);
    Objects.requireNonNull(relation);
    if (dimension < 1) {
      throw new IllegalArgumentException("dimension must be positive: " + dimension);
    }
    // Throws where the law has no guarantee for this sum.
    Objects.requireNonNull(noise.event(dimension, clip, relation));
  }

  /** The plan whose release is {@code mu}-GDP under {@code relation}; the noise rounds up. */
  public static SumPlan forMu(
      String purpose, int dimension, L2Clip clip, double mu, NeighboringRelation relation) {
    return new SumPlan(purpose, dimension, clip, GaussianNoise.forMu(mu, relation), relation);
  }

  /** The privacy event that a release under this plan is charged as. */
  public PrivacyEvent event() {
    return noise.event(dimension, clip, relation);
  }

  /** The scale of the noise in the units of the vectors. */
  public double noiseScale() {
    return noise.multiplier() * clip.clipNorm();
  }
}
