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
  public double[] lift(double[] z) {
    return z.clone();
  }

  @Override
  public String summary() {
    return "identity: all " + dimension + " parameters";
  }
}
