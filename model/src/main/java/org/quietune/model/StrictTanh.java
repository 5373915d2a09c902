package org.quietune.model;

/**
 * The hyperbolic tangent in strict arithmetic, for whole arrays.
 *
 * <p>Definition: {@code tanh x = E / (E + 2)} with {@code E = exp(2x) − 1}. E at {@code s = 2x /
 * 128} is the Taylor sum up to {@code s¹³ / 13!} ({@code |s| ≤ 20 / 64}, so that the rest is below
 * 2⁻⁵⁶ of it), then doubled seven times by {@code exp(2t) − 1 = E (E + 2)}, which keeps the
 * relative error near 0. Beyond ±20 the result is ±1, which is what it rounds to there.
 *
 * <p>Numerics: within 10 units in the last place; {@code tanh(±0) = 0}, NaN gives NaN. Additions,
 * multiplications, one division, minimum and maximum: each has one result by IEEE 754, and there is
 * no branch on the value, so that a compiler may use vector instructions. {@link StrictMath#tanh}
 * takes ten times as long.
 */
final class StrictTanh {
  private static final double LARGEST = 20;
  private static final double STEP = 1.0 / 64;

  private static final double C2 = 1 / 2.0;
  private static final double C3 = 1 / 6.0;
  private static final double C4 = 1 / 24.0;
  private static final double C5 = 1 / 120.0;
  private static final double C6 = 1 / 720.0;
  private static final double C7 = 1 / 5_040.0;
  private static final double C8 = 1 / 40_320.0;
  private static final double C9 = 1 / 362_880.0;
  private static final double C10 = 1 / 3_628_800.0;
  private static final double C11 = 1 / 39_916_800.0;
  private static final double C12 = 1 / 479_001_600.0;
  private static final double C13 = 1 / 6_227_020_800.0;

  private StrictTanh() {}

  static double tanh(double x) {
    double s = reduced(x);
    return fromEighth(eighth(last(s, third(s, second(s, first(s))))));
  }

  /** {@code y[j] = tanh(x[j])} for all j below n, with the bits of {@link #tanh(double)}. */
  static void tanh(double[] x, double[] y, int n) {
    // Loops short enough for the compiler to unroll them into vectors.
    for (int j = 0; j < n; j++) {
      y[j] = first(reduced(x[j]));
    }
    for (int j = 0; j < n; j++) {
      y[j] = second(reduced(x[j]), y[j]);
    }
    for (int j = 0; j < n; j++) {
      y[j] = third(reduced(x[j]), y[j]);
    }
    for (int j = 0; j < n; j++) {
      y[j] = last(reduced(x[j]), y[j]);
    }
    for (int j = 0; j < n; j++) {
      y[j] = eighth(y[j]);
    }
    for (int j = 0; j < n; j++) {
      y[j] = fromEighth(y[j]);
    }
  }

  /** {@code to[j] += g[j] (1 − y[j]²)}. */
  static void addAdjoint(double[] y, double[] g, double[] to, int n) {
    for (int j = 0; j < n; j++) {
      to[j] += g[j] * (1 - y[j] * y[j]);
    }
  }

  private static double reduced(double x) {
    return Math.max(-LARGEST, Math.min(LARGEST, x)) * STEP;
  }

  private static double first(double s) {
    return ((C13 * s + C12) * s + C11) * s + C10;
  }

  private static double second(double s, double sum) {
    return (((sum * s + C9) * s + C8) * s + C7) * s + C6;
  }

  private static double third(double s, double sum) {
    return (((sum * s + C5) * s + C4) * s + C3) * s + C2;
  }

  private static double last(double s, double sum) {
    return sum * s * s + s;
  }

  /** {@code exp(16t) − 1} from {@code exp(t) − 1}, t = 2x / 128. */
  private static double eighth(double e) {
    double two = e * (e + 2);
    double four = two * (two + 2);
    double eight = four * (four + 2);
    return eight * (eight + 2);
  }

  private static double fromEighth(double e) {
    double quarter = e * (e + 2);
    double half = quarter * (quarter + 2);
    double whole = half * (half + 2);
    return whole / (whole + 2);
  }
}
