package org.quietune.accounting;

/**
 * One sum of clipped vectors over a Poisson sample of the privacy units, released with isotropic
 * normal noise.
 *
 * @param samplingProbability with which each unit is in the sample, independently of all others;
 *     from 0 to 1
 * @param noiseMultiplier standard deviation of the noise over the clip norm, as in {@link
 *     GaussianEvent}
 */
public record PoissonSubsampledGaussianEvent(double samplingProbability, double noiseMultiplier)
    implements PrivacyEvent {

  /** Checks the domain. */
  public PoissonSubsampledGaussianEvent {
    Domain.probability("samplingProbability", samplingProbability);
    Domain.noiseMultiplier(noiseMultiplier);
  }
}
