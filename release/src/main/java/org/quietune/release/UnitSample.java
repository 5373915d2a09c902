package org.quietune.release;

import org.quietune.random.BernoulliFraction;
import org.quietune.random.BitSource;

/**
 * Which units a sum runs over. Asked once per unit, as the unit comes by: nothing is kept, so
 * memory does not grow with the number of units, and nothing of it leaves the door.
 */
@FunctionalInterface
interface UnitSample {

  /** Whether the next unit of the stream is in the sum. */
  boolean takesNext();

  /** The sample that a law of noise asks for: all units, or a coin for each. */
  static UnitSample of(NoiseLaw law, BitSource bits) {
    if (law instanceof PoissonGaussianNoise sampled) {
      BernoulliFraction coin = BernoulliFraction.of(sampled.samplingProbability());
      return () -> coin.sample(bits);
    }
    return () -> true;
  }
}
