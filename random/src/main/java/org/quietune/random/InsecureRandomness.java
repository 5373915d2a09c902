package org.quietune.random;

/**
 * The token without which no reproducible noise is made.
 *
 * <p>Whoever knows the seed can subtract the noise, so a release from a seeded source has no
 * privacy. One search for {@link #acknowledgeNoPrivacy()} lists every place that takes this risk.
 */
public final class InsecureRandomness {

  private static final InsecureRandomness ACKNOWLEDGED = new InsecureRandomness();

  private InsecureRandomness() {}

  /** States that what follows makes no privacy claim: tests, simulations and public data only. */
  public static InsecureRandomness acknowledgeNoPrivacy() {
    return ACKNOWLEDGED;
  }
}
