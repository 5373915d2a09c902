package org.quietune.geometry;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.quietune.model.Batch;
import org.quietune.model.Network;

/**
 * The leading eigenvectors of the Gauss–Newton matrix on public data: the directions in which the
 * model's output moves most. P has orthonormal columns. Found from the Gram matrix of the public
 * Jacobian rows, so that nothing of size d×d is made. Memory: d×k doubles to keep; while building,
 * d doubles per row of the public sample as well.
 */
public final class PrincipalSubspace implements Subspace {
  static final String KIND = "principal";

  /** Values of the sample's gradients that are held: 512 MB. */
  private static final int LARGEST_SAMPLE = 1 << 26;

  private final int ambientDimension;
  private final int dimension;
  private final double[] transposed;

  private PrincipalSubspace(int ambientDimension, int dimension, double[] transposed) {
    this.ambientDimension = ambientDimension;
    this.dimension = dimension;
    this.transposed = transposed;
  }

  /**
   * Finds the subspace.
   *
   * @param publicSample public records; a few times {@code dimension} of them. The first are used,
   *     as many as keep their gradients within 512 MB
   * @param dimension k; lowered to the numerical rank of the sample's Jacobian where that is less
   */
  public static PrincipalSubspace of(
      Network network, double[] theta, Batch publicSample, int dimension) {
    int d = network.parameterCount();
    int most = Math.max(1, LARGEST_SAMPLE / d / network.outputs());
    Batch sample = publicSample.slice(0, Math.min(most, publicSample.size()));
    double[] rows = GaussNewton.weightedJacobian(network, theta, sample);
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
  public RowMap coordinates() {
    return times(1);
  }

  @Override
  public double[] project(double[] rows, int count) {
    return projectReduced(rows, count);
  }

  @Override
  public double[] projectReduced(double[] rows, int count) {
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
    RowMap.matrix(dimension, ambientDimension, transposed).apply(z, 1, displacement, 0);
    return displacement;
  }

  @Override
  public long memoryBytes() {
    return 8L * transposed.length;
  }

  @Override
  public long flops() {
    return 2L * transposed.length;
  }

  @Override
  public String summary() {
    return "principal: leading public Gauss-Newton directions, " + Cost.of(this);
  }

  @Override
  public Description description() {
    return Description.of(
        KIND,
        Map.of("ambientDimension", (long) ambientDimension, "dimension", (long) dimension),
        Map.of("columns", transposed),
        List.of());
  }

  static PrincipalSubspace of(Description description) {
    return new PrincipalSubspace(
        description.extent("ambientDimension"),
        description.extent("dimension"),
        description.array("columns"));
  }
}
