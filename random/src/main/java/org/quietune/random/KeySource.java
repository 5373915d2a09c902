package org.quietune.random;

/** Where the keys of bit streams come from. */
@FunctionalInterface
interface KeySource {

  /**
   * Returns a new key of {@link AesCtrBits#KEY_BYTES} bytes.
   *
   * @throws EntropyException if there is none to be had
   */
  byte[] newKey();
}
