package org.quietune.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers as a reader wants to see them. */
final class Numbers {

  private Numbers() {}

  /** Every digit that the double has, so that it can be compared with other files. */
  static String exact(double value) {
    return Double.isFinite(value) ? plain(BigDecimal.valueOf(value)) : nonFinite(value);
  }

  /** At most so many significant digits, rounded up: for losses that must not be understated. */
  static String up(double value, int digits) {
    return rounded(value, digits, RoundingMode.CEILING);
  }

  /** At most so many significant digits, rounded half even. */
  static String near(double value, int digits) {
    return rounded(value, digits, RoundingMode.HALF_EVEN);
  }

  /** With so many digits after the point. */
  static String fixed(double value, int decimals) {
    return Double.isFinite(value)
        ? BigDecimal.valueOf(value).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString()
        : nonFinite(value);
  }

  /** An SVG coordinate: two digits after the point are a hundredth of a pixel. */
  static String pixel(double value) {
    return plain(BigDecimal.valueOf(value).setScale(2, RoundingMode.HALF_EVEN));
  }

  /** A power of ten, in superscript. */
  static String powerOfTen(int exponent) {
    StringBuilder out = new StringBuilder("10");
    for (char c : Integer.toString(exponent).toCharArray()) {
      out.append(c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(c - '0'));
    }
    return out.toString();
  }

  private static String rounded(double value, int digits, RoundingMode mode) {
    return Double.isFinite(value)
        ? plain(BigDecimal.valueOf(value).round(new MathContext(digits, mode)))
        : nonFinite(value);
  }

  private static String plain(BigDecimal value) {
    if (value.signum() == 0) {
      return "0";
    }
    BigDecimal stripped = value.stripTrailingZeros();
    int exponent = stripped.precision() - stripped.scale() - 1;
    if (exponent >= -4 && exponent < 7) {
      return stripped.toPlainString();
    }
    return stripped.scaleByPowerOfTen(-exponent).toPlainString() + "e" + exponent;
  }

  private static String nonFinite(double value) {
    return Double.isNaN(value) ? "–" : value > 0 ? "∞" : "-∞";
  }
}
