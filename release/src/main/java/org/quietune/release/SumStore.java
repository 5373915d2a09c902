package org.quietune.release;

/** Where noisy sums are kept from the moment of their release; later steps read them back. */
public interface SumStore {

  /** Stores the sum durably under {@code name}, then returns what a reader gets back. */
  NoisySum storeAndReadBack(String name, NoisySum sum);
}
