package org.quietune.release;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Six digits for people, rounded to the safe side. */
public final class Rounded {
  private static final int DIGITS = 6;

  private Rounded() {}

  /** For what was spent. */
  public static String up(double value) {
    return inWords(value, RoundingMode.UP);
  }

  /** For what is left. */
  public static String down(double value) {
    return inWords(value, RoundingMode.DOWN);
  }

  private static String inWords(double value, RoundingMode mode) {
    return Double.isInfinite(value)
        ? "∞"
        : BigDecimal.valueOf(value)
            .round(new MathContext(DIGITS, mode))
            .stripTrailingZeros()
            .toPlainString();
  }
}
