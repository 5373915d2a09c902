package org.quietune.random;

/**
 * A stream of independent fair bits.
 *
 * <p>Guarantee: each call returns 32 bits, uniform and independent of all earlier ones, to the
 * strength stated by {@link NoiseSource#description()}. Not thread-safe: open one source per
 * thread.
 */
@FunctionalInterface
public interface BitSource {

  /**
   * Returns the next 32 bits.
   *
   * @throws EntropyException if the generator behind the stream fails or stops looking random
   */
  int nextInt();
}
