package org.quietune.geometry;

import java.util.Arrays;

/**
 * {@code H ≈ V diag(h) Vᵀ + h̄ (I − VVᵀ)}: the leading eigenvectors of the public rows, and on all
 * other directions the mean of what is left of the trace. Found from the rows' Gram matrix, so that
 * nothing of size k×k is made. Memory: the rows while building (at most 512 MB), then rank·k
 * values.
 */
public final class LowRankCurvature implements Curvature {
  /** Values of rows that are held while building. */
  private static final int LARGEST_ROWS = 1 << 26;

  private final double[] values;
  private final double[] reflectors;
  private final int rank;

  private LowRankCurvature(double[] values, double[] reflectors, int rank) {
    this.values = Damping.requireFinite(values);
    this.reflectors = reflectors;
    this.rank = rank;
  }

  /**
   * Finds the leading directions.
   *
   * @param rows public; as many of the first as memory allows
   * @param rank number of leading directions; lowered to the rows' numerical rank, and to k − 1
   */
  public static LowRankCurvature of(CurvatureRows rows, int rank) {
    if (rank < 1) {
      throw new IllegalArgumentException("rank must be at least 1, was " + rank);
    }
    int k = rows.subspace().dimension();
    int most = Math.max(1, Math.min(rows.rows(), LARGEST_ROWS / k));
    double[] held = new double[Math.multiplyExact(most, k)];
    int[] filled = {0};
    rows.forEach(
        (chunk, count) -> {
          int take = Math.min(count, most - filled[0]);
          System.arraycopy(chunk, 0, held, filled[0] * k, take * k);
          filled[0] += take;
        });
    double[] gram = new double[Math.multiplyExact(most, most)];
    Blas.multiplyTransposed(most, most, k, held, held, gram);
    Spectrum spectrum = Spectrum.of(most, gram);
    double[] squares = spectrum.values();
    double perRecord = (double) most / rows.rows() * rows.records();
    int leading = 0;
    while (leading < Math.min(rank, Math.min(most, k - 1))
        && squares[leading] > 1e-10 * squares[0]) {
      leading++;
    }
    double[] combination = new double[leading * most];
    for (int j = 0; j < leading; j++) {
      double root = 1 / Math.sqrt(squares[j]);
      for (int i = 0; i < most; i++) {
        combination[j * most + i] = spectrum.vectors()[j * most + i] * root;
      }
    }
    double[] vectors = new double[leading * k];
    Blas.multiply(leading, k, most, combination, held, vectors);
    double[] values = new double[k];
    double rest = Arrays.stream(squares).sum();
    for (int j = 0; j < leading; j++) {
      values[j] = squares[j] / perRecord;
      rest -= squares[j];
    }
    Arrays.fill(values, leading, k, Math.max(0, rest) / perRecord / (k - leading));
    return new LowRankCurvature(values, Reflectors.of(vectors, leading, k), leading);
  }

  @Override
  public int dimension() {
    return values.length;
  }

  @Override
  public double[] values() {
    return values.clone();
  }

  @Override
  public Whitener whitener(double damping) {
    return new LowRankWhitener(values, reflectors, damping);
  }

  @Override
  public String summary() {
    return "rank " + rank + " + isotropic Gauss-Newton of " + values.length + " directions";
  }
}
