package org.quietune.release;

import java.util.Optional;

/** Where noisy sums are kept from the moment of their release; later steps read them back. */
public interface SumStore {

  /** Stores the sum durably under {@code name}, then returns what a reader gets back. */
  NoisySum storeAndReadBack(String name, NoisySum sum);

  /**
   * The sum that an interrupted run stored under {@code name}; empty where it did not, and always
   * in a store that starts empty.
   */
  default Optional<NoisySum> find(String name) {
    return Optional.empty();
  }
}
