package org.quietune.accounting;

/**
 * One sum of clipped vectors, released with isotropic normal noise.
 *
 * @param noiseMultiplier standard deviation of the noise over the clip norm (not over the
 *     sensitivity, which depends on the neighboring relation); from 1e-300 to 1e300
 */
public record GaussianEvent(double noiseMultiplier) implements PrivacyEvent {

  /** Checks the domain. */
  public GaussianEvent {
    Domain.noiseMultiplier(noiseMultiplier);
  }
}
