package org.quietune.report;

import java.util.Arrays;

/**
 * One named line of a {@link Chart}.
 *
 * <p>A point whose {@code x} or {@code y} is NaN, infinite, or without a place on its axis is not
 * drawn, and the line breaks there. Arrays are copied in and out.
 *
 * @param name as the legend shows it
 * @param x abscissas in drawing order
 * @param y ordinates, one per abscissa
 * @param spread half length of the error bar (one standard deviation), in the unit of {@code y}, ≥
 *     0; zero or NaN draws none
 */
// Copied in and out, and compared by content.
@SuppressWarnings("ArrayRecordComponent")
public record Series(String name, double[] x, double[] y, double[] spread) {

  public Series {
    if (y.length != x.length) {
      throw new IllegalArgumentException(
          "y must have as many values as x (" + x.length + "): " + y.length);
    }
    if (spread.length != x.length) {
      throw new IllegalArgumentException(
          "spread must have as many values as x (" + x.length + "): " + spread.length);
    }
    for (double s : spread) {
      if (s < 0) {
        throw new IllegalArgumentException("spread must be ≥ 0 or NaN: " + s);
      }
    }
    x = x.clone();
    y = y.clone();
    spread = spread.clone();
  }

  /** A series without error bars. */
  public static Series of(String name, double[] x, double[] y) {
    return new Series(name, x, y, new double[x.length]);
  }

  @Override
  public double[] x() {
    return x.clone();
  }

  @Override
  public double[] y() {
    return y.clone();
  }

  @Override
  public double[] spread() {
    return spread.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Series that
        && name.equals(that.name)
        && Arrays.equals(x, that.x)
        && Arrays.equals(y, that.y)
        && Arrays.equals(spread, that.spread);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(new Object[] {name, x, y, spread});
  }

  @Override
  public String toString() {
    return "Series[" + name + ", " + x.length + " points]";
  }
}
