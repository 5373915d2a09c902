package org.quietune.geometry;

import java.util.Map;

/**
 * Independent normal entries of variance 1/d: columns have unit norm and are orthogonal on average
 * only, {@code E PᵀP = I}. Row i of P is a function of the seed and i; where P would be large it is
 * drawn again at every use and never stored (about 40 ns an entry).
 */
public final class GaussianSubspace implements Subspace {
  static final String KIND = "gaussian";

  /** Up to this many entries P is stored: 128 MB. */
  private static final long LARGEST_STORED = 1 << 24;

  private final int ambientDimension;
  private final int dimension;
  private final long seed;
  private final SeededStream stream;
  private final double[] stored;

  /**
   * Draws a subspace.
   *
   * @param seed public
   */
  public GaussianSubspace(int ambientDimension, int dimension, long seed) {
    this(ambientDimension, dimension, seed, (long) ambientDimension * dimension <= LARGEST_STORED);
  }

  GaussianSubspace(int ambientDimension, int dimension, long seed, boolean store) {
    if (ambientDimension < 1 || dimension < 1 || dimension > ambientDimension) {
      throw new IllegalArgumentException(
          "dimension must be 1 to " + ambientDimension + ", was " + dimension);
    }
    this.ambientDimension = ambientDimension;
    this.dimension = dimension;
    this.seed = seed;
    stream = new SeededStream(seed, 1);
    stored = store ? new double[ambientDimension * dimension] : new double[0];
    for (int i = 0; store && i < ambientDimension; i++) {
      draw(i, stored, i * dimension);
    }
  }

  private void draw(int row, double[] out, int at) {
    stream.normals((long) row * ((dimension + 1) / 2), out, at, dimension);
    double scale = 1 / Math.sqrt(ambientDimension);
    for (int j = at; j < at + dimension; j++) {
      out[j] *= scale;
    }
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public int ambientDimension() {
    return ambientDimension;
  }

  @Override
  public RowMap coordinates() {
    return stored.length > 0 ? RowMap.matrix(ambientDimension, dimension, stored) : new Drawn();
  }

  /** The same sums in the same order as a stored matrix gives. */
  private final class Drawn implements RowMap {
    @Override
    public int dimension() {
      return dimension;
    }

    @Override
    public void apply(double[] rows, int count, double[] out, int offset) {
      java.util.Arrays.fill(out, offset, offset + count * dimension, 0);
      double[] row = new double[dimension];
      for (int i = 0; i < ambientDimension; i++) {
        draw(i, row, 0);
        for (int r = 0; r < count; r++) {
          double factor = rows[r * ambientDimension + i];
          int to = offset + r * dimension;
          for (int j = 0; j < dimension; j++) {
            out[to + j] += factor * row[j];
          }
        }
      }
    }
  }

  @Override
  public double[] lift(double[] z) {
    double[] displacement = new double[ambientDimension];
    double[] row = new double[dimension];
    for (int i = 0; i < ambientDimension; i++) {
      double[] from = stored;
      int at = i * dimension;
      if (stored.length == 0) {
        draw(i, row, 0);
        from = row;
        at = 0;
      }
      double sum = 0;
      for (int j = 0; j < dimension; j++) {
        sum += from[at + j] * z[j];
      }
      displacement[i] = sum;
    }
    return displacement;
  }

  @Override
  public long memoryBytes() {
    return 8L * stored.length;
  }

  @Override
  public long flops() {
    return 2L * ambientDimension * dimension;
  }

  @Override
  public String summary() {
    return "gaussian: normal directions, seed "
        + seed
        + (stored.length > 0 ? "" : ", drawn again at every use")
        + ", "
        + Cost.of(this);
  }

  @Override
  public Description description() {
    return Description.of(
        KIND,
        Map.of(
            "ambientDimension",
            (long) ambientDimension,
            "dimension",
            (long) dimension,
            "seed",
            seed));
  }
}
