package org.quietune.geometry;

import java.util.Map;

/** All parameters: {@code P = I}. */
public record IdentitySubspace(int dimension) implements Subspace {
  static final String KIND = "identity";

  @Override
  public int ambientDimension() {
    return dimension;
  }

  @Override
  public RowMap coordinates() {
    return RowMap.scaling(dimension, 1);
  }

  @Override
  public double[] project(double[] rows, int count) {
    return rows;
  }

  @Override
  public double[] projectReduced(double[] rows, int count) {
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
  public long memoryBytes() {
    return 0;
  }

  @Override
  public long flops() {
    return 0;
  }

  @Override
  public String summary() {
    return "identity: all parameters, " + Cost.of(this);
  }

  @Override
  public Description description() {
    return Description.of(KIND, Map.of("dimension", (long) dimension));
  }
}
