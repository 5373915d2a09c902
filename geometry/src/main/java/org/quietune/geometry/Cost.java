package org.quietune.geometry;

import java.util.Locale;

/** Sizes in words. */
final class Cost {
  private Cost() {}

  /** The end of a subspace's summary. */
  static String of(Subspace subspace) {
    return String.format(
        Locale.ROOT,
        "k = %d of d = %d, %s, %s flops a gradient",
        subspace.dimension(),
        subspace.ambientDimension(),
        bytes(subspace.memoryBytes()),
        number(subspace.flops()));
  }

  static String bytes(long bytes) {
    if (bytes < 1 << 10) {
      return bytes + " B";
    }
    double mega = bytes / (double) (1 << 20);
    return mega < 1
        ? String.format(Locale.ROOT, "%.1f kB", bytes / 1024.0)
        : String.format(Locale.ROOT, "%.1f MB", mega);
  }

  private static String number(long count) {
    return count < 100_000
        ? Long.toString(count)
        : String.format(Locale.ROOT, "%.1e", (double) count);
  }
}
