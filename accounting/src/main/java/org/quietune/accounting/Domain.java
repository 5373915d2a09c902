package org.quietune.accounting;

/** Checks of arguments, written so that NaN fails them. */
final class Domain {

  private Domain() {}

  static void nonnegative(String name, double value) {
    require(value >= 0, name, "nonnegative", value);
  }

  static void noiseMultiplier(double value) {
    // Wider than any use; inside it 2 / value neither overflows nor loses bits.
    require(value >= 1e-300 && value <= 1e300, "noiseMultiplier", "in [1e-300, 1e300]", value);
  }

  static void positiveAndFinite(String name, double value) {
    require(value > 0 && value <= Double.MAX_VALUE, name, "positive and finite", value);
  }

  static void nonnegativeAndFinite(String name, double value) {
    require(value >= 0 && value <= Double.MAX_VALUE, name, "nonnegative and finite", value);
  }

  static void probability(String name, double value) {
    require(value >= 0 && value <= 1, name, "between 0 and 1", value);
  }

  static void insideUnitInterval(String name, double value) {
    require(value > 0 && value < 1, name, "strictly between 0 and 1", value);
  }

  private static void require(boolean holds, String name, String domain, double value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " must be " + domain + ", got " + value);
    }
  }
}
