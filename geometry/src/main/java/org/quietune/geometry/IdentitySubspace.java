package org.quietune.geometry;

/** All parameters: {@code P = I}. */
public record IdentitySubspace(int dimension) implements Subspace {

  @Override
  public int ambientDimension() {
    return dimension;
  }

  @Override
  public double[] project(double[] rows, int count) {
    return rows;
  }

  @Override
  public RowMap times(double[] root) {
    return RowMap.matrix(dimension, dimension, Blas.transposed(dimension, dimension, root));
  }

  @Override
  public RowMap times(double factor) {
    return RowMap.scaling(dimension, factor);
  }

  @Override
  public double[] lift(double[] z) {
    return z.clone();
  }

  @Override
  public String summary() {
    return "identity: all " + dimension + " parameters";
  }
}
