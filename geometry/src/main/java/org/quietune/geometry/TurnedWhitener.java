package org.quietune.geometry;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Another whitener's coordinates turned onto a few directions and scaled: {@code B' = S V B} with
 * orthonormal rows in V and S diagonal. What is left out of V is left alone by whoever steps along
 * {@code B'ᵀ}.
 */
public final class TurnedWhitener implements Whitener {
  static final String KIND = "turned";

  /** Directions with a smaller share of the largest mean square are rounding. */
  private static final double SMALLEST_SHARE = 1e-9;

  private final Whitener inner;
  private final int dimension;

  /** S V, row-major. */
  private final double[] turn;

  private TurnedWhitener(Whitener inner, double[] turn) {
    this.inner = inner;
    this.dimension = turn.length / inner.dimension();
    this.turn = turn;
  }

  /**
   * Coordinates along the principal directions of {@code vectors}, the largest mean square first,
   * each scaled by its root mean square.
   *
   * @param vectors in {@code inner}'s coordinates; not all zero
   * @param most directions at the most
   */
  public static TurnedWhitener along(Whitener inner, List<double[]> vectors, int most) {
    int k = inner.dimension();
    double[] rows = new double[Math.multiplyExact(vectors.size(), k)];
    for (int i = 0; i < vectors.size(); i++) {
      System.arraycopy(vectors.get(i), 0, rows, i * k, k);
    }
    double[] moments = new double[k * k];
    Blas.addGram(vectors.size(), k, rows, moments);
    Spectrum spectrum = Spectrum.of(k, moments);
    double[] values = spectrum.values();
    if (!(values[0] > 0)) {
      throw new IllegalArgumentException("vectors must not all be zero");
    }
    int dimension = 0;
    while (dimension < Math.min(most, k) && values[dimension] > SMALLEST_SHARE * values[0]) {
      dimension++;
    }
    double[] turn = Arrays.copyOf(spectrum.vectors(), dimension * k);
    for (int i = 0; i < dimension; i++) {
      double scale = Math.sqrt(values[i] / vectors.size());
      for (int j = i * k; j < (i + 1) * k; j++) {
        turn[j] *= scale;
      }
    }
    return new TurnedWhitener(inner, turn);
  }

  static TurnedWhitener of(Description description) {
    return new TurnedWhitener(
        Whiteners.of(description.parts().get(0)), description.array("turn").clone());
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public double damping() {
    return inner.damping();
  }

  /** The squared scale of each coordinate: the mean square along its direction. */
  public double[] meanSquares() {
    int k = inner.dimension();
    double[] squares = new double[dimension];
    for (int j = 0; j < turn.length; j++) {
      squares[j / k] += turn[j] * turn[j];
    }
    return squares;
  }

  @Override
  public GradientCoordinates whitening(Subspace subspace) {
    GradientCoordinates coordinates = inner.whitening(subspace);
    return new GradientCoordinates(coordinates.reduction(), coordinates.map().then(root()));
  }

  private RowMap root() {
    int k = inner.dimension();
    return RowMap.matrix(k, dimension, Blas.transposed(dimension, k, turn));
  }

  @Override
  public double[] whiten(double[] z) {
    double[] whitened = new double[dimension];
    root().apply(inner.whiten(z), 1, whitened, 0);
    return whitened;
  }

  @Override
  public double[] unwhiten(double[] w) {
    int k = inner.dimension();
    double[] turned = new double[k];
    RowMap.matrix(dimension, k, turn).apply(w, 1, turned, 0);
    return inner.unwhiten(turned);
  }

  /**
   * The curvature along each direction: h with h/(h+λ) the mean of that ratio over the inner
   * coordinates, weighted by the direction's squares.
   */
  @Override
  public double[] spectrum() {
    double[] values = inner.spectrum();
    double[] squares = meanSquares();
    int k = values.length;
    double[] along = new double[dimension];
    for (int i = 0; i < dimension; i++) {
      double ratio = 0;
      for (int j = 0; j < k; j++) {
        double part = turn[i * k + j];
        ratio += part * part / squares[i] * values[j] / (values[j] + damping());
      }
      along[i] = ratio < 1 ? damping() * ratio / (1 - ratio) : Double.POSITIVE_INFINITY;
    }
    return along;
  }

  @Override
  public Description description() {
    return Description.of(
        KIND,
        Map.of(),
        Map.of("turn", turn, "damping", new double[] {damping()}),
        List.of(inner.description()));
  }
}
