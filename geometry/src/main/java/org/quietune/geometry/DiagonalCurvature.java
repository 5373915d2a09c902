package org.quietune.geometry;

/** The diagonal of H in the subspace's coordinates: mean squares of the public rows. */
public final class DiagonalCurvature implements Curvature {
  private final double[] values;

  private DiagonalCurvature(double[] values) {
    this.values = Damping.requireFinite(values);
  }

  /** From public rows; one pass, k values of memory. */
  public static DiagonalCurvature of(CurvatureRows rows) {
    return new DiagonalCurvature(rows.meanSquares());
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
    return new DiagonalWhitener(values, damping);
  }

  @Override
  public String summary() {
    return "diagonal Gauss-Newton, " + values.length + " values";
  }
}
