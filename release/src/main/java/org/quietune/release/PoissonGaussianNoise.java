package org.quietune.release;

import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PoissonSubsampledGaussianEvent;

/**
 * {@link GaussianNoise} on the sum over a Poisson sample of the privacy units: the door takes each
 * unit with the stated probability, independently of all others, by an exact coin over the noise
 * source. Who is in the sample is decided behind the door, after the charge, and is never seen
 * outside it (docs/theory.md §3.8; proof: {@code PoissonGaussianNoise.proof.md} beside this file).
 *
 * <p>Guarantee: that of {@link PoissonSubsampledGaussianEvent}, under add-or-remove-one only.
 *
 * @param samplingProbability with which a unit is taken; strictly between 0 and 1
 * @param multiplier noise standard deviation over clip norm, as for {@link GaussianNoise}
 */
public record PoissonGaussianNoise(double samplingProbability, double multiplier)
    implements NoiseLaw {

  public PoissonGaussianNoise {
    if (!(samplingProbability > 0) || !(samplingProbability < 1)) {
      throw new IllegalArgumentException(
          "samplingProbability must lie in (0, 1): " + samplingProbability);
    }
    GaussianNoise.requireMultiplier(multiplier);
  }

  @Override
  public String inWords() {
    return "normal, on a Poisson sample of the units (probability " + samplingProbability + ")";
  }

  @Override
  public PoissonSubsampledGaussianEvent event(
      int dimension, L2Clip clip, NeighboringRelation relation) {
    if (relation != NeighboringRelation.ADD_OR_REMOVE_ONE) {
      throw new IllegalArgumentException(
          "Poisson sampling has a proved guarantee for adding or removing a unit only: use"
              + " add-remove, or a method without sampling");
    }
    return new PoissonSubsampledGaussianEvent(samplingProbability, multiplier);
  }
}
