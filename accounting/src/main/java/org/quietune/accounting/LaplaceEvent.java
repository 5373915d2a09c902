package org.quietune.accounting;

/**
 * One sum of vectors clipped in the l1 norm, released with independent Laplace noise.
 *
 * @param noiseMultiplier scale b of the noise, with density exp(−|x|/b)/(2b), over the l1 clip norm
 *     (not over the sensitivity, which depends on the neighboring relation); from 1e-300 to 1e300
 */
public record LaplaceEvent(double noiseMultiplier) implements PrivacyEvent {

  /** Checks the domain. */
  public LaplaceEvent {
    Domain.noiseMultiplier(noiseMultiplier);
  }
}
