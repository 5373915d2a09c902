package org.quietune.geometry;

import java.util.Map;

/**
 * A subsampled randomized Hadamard transform: random signs, Walsh–Hadamard transform, k random
 * places. Every entry of P is ±1/√d, so columns have unit norm; they are orthonormal when d is a
 * power of two, and otherwise (the gradient is padded with zeros) nearly so. Source: Ailon and
 * Chazelle (2009), Tropp (2011).
 *
 * <p>Cost: d log₂ d additions, working memory for one padded gradient. The transform's additions
 * have one order: a row's result depends on that row alone.
 */
public final class HadamardSubspace implements Subspace {
  static final String KIND = "srht";

  private final int ambientDimension;
  private final long seed;
  private final int length;
  private final SeededStream signs;
  private final int[] places;

  /**
   * Draws a subspace.
   *
   * @param ambientDimension at most 2³⁰
   * @param seed public
   */
  public HadamardSubspace(int ambientDimension, int dimension, long seed) {
    if (ambientDimension < 1 || ambientDimension > 1 << 30) {
      throw new IllegalArgumentException(
          "ambientDimension must be 1 to 2^30, was " + ambientDimension);
    }
    if (dimension < 1 || dimension > ambientDimension) {
      throw new IllegalArgumentException(
          "dimension must be 1 to " + ambientDimension + ", was " + dimension);
    }
    this.ambientDimension = ambientDimension;
    this.seed = seed;
    int highest = Integer.highestOneBit(ambientDimension);
    length = highest == ambientDimension ? highest : 2 * highest;
    signs = new SeededStream(seed, 2);
    places = new SeededStream(seed, 3).distinct(length, dimension);
  }

  @Override
  public int dimension() {
    return places.length;
  }

  @Override
  public int ambientDimension() {
    return ambientDimension;
  }

  private double sign(int i) {
    return (signs.bits(i >>> 6) >>> (i & 63) & 1) == 0 ? 1 : -1;
  }

  private double scale() {
    return 1 / Math.sqrt(ambientDimension);
  }

  /** x ↦ Hx, entries of H ±1. */
  static void transform(double[] x) {
    for (int half = 1; half < x.length; half *= 2) {
      for (int from = 0; from < x.length; from += 2 * half) {
        for (int i = from; i < from + half; i++) {
          double a = x[i];
          double b = x[i + half];
          x[i] = a + b;
          x[i + half] = a - b;
        }
      }
    }
  }

  @Override
  public RowMap coordinates() {
    return new Transform();
  }

  private final class Transform implements RowMap {
    @Override
    public int dimension() {
      return places.length;
    }

    @Override
    public void apply(double[] rows, int count, double[] out, int offset) {
      double[] x = new double[length];
      for (int r = 0; r < count; r++) {
        java.util.Arrays.fill(x, ambientDimension, length, 0);
        for (int i = 0; i < ambientDimension; i++) {
          x[i] = sign(i) * rows[r * ambientDimension + i];
        }
        transform(x);
        for (int j = 0; j < places.length; j++) {
          out[offset + r * places.length + j] = scale() * x[places[j]];
        }
      }
    }
  }

  @Override
  public double[] lift(double[] z) {
    double[] x = new double[length];
    for (int j = 0; j < places.length; j++) {
      x[places[j]] = z[j];
    }
    transform(x);
    double[] displacement = new double[ambientDimension];
    for (int i = 0; i < ambientDimension; i++) {
      displacement[i] = scale() * sign(i) * x[i];
    }
    return displacement;
  }

  @Override
  public long memoryBytes() {
    return 4L * places.length + 8L * length;
  }

  @Override
  public long flops() {
    return (long) length * Integer.numberOfTrailingZeros(length);
  }

  @Override
  public String summary() {
    return "srht: subsampled randomized Hadamard directions, seed " + seed + ", " + Cost.of(this);
  }

  @Override
  public Description description() {
    return Description.of(
        KIND,
        Map.of(
            "ambientDimension",
            (long) ambientDimension,
            "dimension",
            (long) places.length,
            "seed",
            seed));
  }
}
