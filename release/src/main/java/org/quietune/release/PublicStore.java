package org.quietune.release;

import java.util.function.Supplier;

/**
 * Where a run keeps public values that its steps rest on: curvature, clip norms, step sizes. They
 * follow from public data and earlier releases, but not to the last bit on every machine; so that a
 * resumed run, and whoever checks it, work with the very same bits, the first computation is kept.
 */
public interface PublicStore {

  /**
   * The value kept under {@code name}; where there is none, computes it, keeps it durably and
   * returns what a reader gets back.
   */
  <T> T keep(String name, PublicFormat<T> format, Supplier<T> compute);

  /**
   * The same for a value that earlier versions did not keep.
   *
   * @param earlier what a finished run without the value was made with
   */
  default <T> T keep(String name, PublicFormat<T> format, T earlier, Supplier<T> compute) {
    return keep(name, format, compute);
  }

  /** Keeps nothing: for runs that cannot be resumed. */
  static PublicStore none() {
    return new PublicStore() {
      @Override
      public <T> T keep(String name, PublicFormat<T> format, Supplier<T> compute) {
        return compute.get();
      }
    };
  }
}
