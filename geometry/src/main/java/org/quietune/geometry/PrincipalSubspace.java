package org.quietune.geometry;

import java.util.Arrays;
import org.quietune.model.Batch;
import org.quietune.model.Network;

/**
 * The leading eigenvectors of the Gauss–Newton matrix on public data: the directions in which the
 * model's output moves most. P has orthonormal columns. Found from the Gram matrix of the public
 * Jacobian rows, so that nothing of size d×d is made. Memory: d×k doubles to keep; while building,
 * d doubles per row of the public sample as well.
 */
public final class PrincipalSubspace implements Subspace {
  private final int ambientDimension;
  private final int dimension;
  private final double[] transposed;
  private final RowMap lifting;

  private PrincipalSubspace(int ambientDimension, int dimension, double[] transposed) {
    this.ambientDimension = ambientDimension;
    this.dimension = dimension;
    this.transposed = transposed;
    this.lifting = RowMap.matrix(dimension, ambientDimension, transposed);
  }

  /**
   * The subspace with given directions.
   *
   * @param directions Pᵀ, row-major {@code dimension × ambientDimension}
   */
  public static PrincipalSubspace ofDirections(
      int ambientDimension, int dimension, double[] directions) {
    return new PrincipalSubspace(ambientDimension, dimension, directions.clone());
  }

  /** Pᵀ, row-major. */
  public double[] directions() {
    return transposed.clone();
  }

  /**
   * Finds the subspace.
   *
   * @param publicSample public records; a few times {@code dimension} of them
   * @param dimension k; lowered to the numerical rank of the sample's Jacobian where that is less
   */
  public static PrincipalSubspace of(
      Network network, double[] theta, Batch publicSample, int dimension) {
    int d = network.parameterCount();
    double[] rows = GaussNewton.weightedJacobian(network, theta, publicSample);
    int m = rows.length / d;
    double[] gram = new double[m * m];
    Blas.multiplyTransposed(m, m, d, rows, rows, gram);
    Spectrum spectrum = Spectrum.of(m, gram);
    double[] values = spectrum.values();
    int k = 0;
    while (k < Math.min(dimension, m) && values[k] > 1e-10 * values[0]) {
      k++;
    }
    if (k == 0) {
      throw new ArithmeticException("the public data has no curvature: its Jacobian is zero");
    }
    double[] leading = new double[k * m];
    for (int j = 0; j < k; j++) {
      double root = 1 / Math.sqrt(values[j]);
      for (int i = 0; i < m; i++) {
        leading[j * m + i] = spectrum.vectors()[j * m + i] * root;
      }
    }
    double[] transposed = new double[k * d];
    Blas.multiply(k, d, m, leading, rows, transposed);
    return new PrincipalSubspace(d, k, transposed);
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
  public double[] project(double[] rows, int count) {
    double[] projected = new double[count * dimension];
    Blas.multiplyTransposed(count, dimension, ambientDimension, rows, transposed, projected);
    return projected;
  }

  @Override
  public RowMap times(double[] root) {
    double[] product = new double[dimension * ambientDimension];
    Blas.multiply(dimension, ambientDimension, dimension, root, transposed, product);
    return RowMap.matrix(
        ambientDimension, dimension, Blas.transposed(dimension, ambientDimension, product));
  }

  @Override
  public RowMap times(double factor) {
    double[] scaled = Arrays.stream(transposed).map(v -> v * factor).toArray();
    return RowMap.matrix(
        ambientDimension, dimension, Blas.transposed(dimension, ambientDimension, scaled));
  }

  @Override
  public double[] lift(double[] z) {
    double[] displacement = new double[ambientDimension];
    lifting.apply(z, 1, displacement, 0);
    return displacement;
  }

  @Override
  public String summary() {
    return "principal: "
        + dimension
        + " leading public Gauss-Newton directions of "
        + ambientDimension
        + " parameters";
  }
}
