package org.quietune.tuning.twin;

import org.quietune.random.InsecureRandomness;
import org.quietune.random.NoiseSource;
import org.quietune.release.InsecureAccess;
import org.quietune.release.PrivateRecords;

/** Uses the insecure tokens and reflection, on purpose: ArchitectureTest has to report each. */
public final class BreaksTheSeal {
  private BreaksTheSeal() {}

  public static <R> PrivateRecords.Source<R> open(PrivateRecords<R> records) {
    return records.openWithoutPrivacy(InsecureAccess.forPublishedDataOnly());
  }

  public static void byForce() throws NoSuchFieldException {
    PrivateRecords.class.getDeclaredField("source").setAccessible(true);
  }

  public static NoiseSource seeded() {
    return NoiseSource.seeded(1, InsecureRandomness.acknowledgeNoPrivacy());
  }
}
