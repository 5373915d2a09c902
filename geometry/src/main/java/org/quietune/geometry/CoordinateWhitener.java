package org.quietune.geometry;

/** A whitener that works on the subspace's coordinates, whatever the subspace. */
abstract class CoordinateWhitener implements Whitener {
  private final double[] values;
  private final double damping;

  CoordinateWhitener(double[] values, double damping) {
    this.values = values;
    this.damping = Damping.requirePositive(damping);
  }

  /** {@code z ↦ B z}, for private rows too. */
  abstract RowMap root();

  @Override
  public final int dimension() {
    return values.length;
  }

  @Override
  public final double damping() {
    return damping;
  }

  @Override
  public GradientCoordinates whitening(Subspace subspace) {
    return new GradientCoordinates(subspace.reduction(), subspace.coordinates().then(root()));
  }

  @Override
  public final double[] whiten(double[] z) {
    double[] whitened = new double[values.length];
    root().apply(z, 1, whitened, 0);
    return whitened;
  }

  @Override
  public final double[] spectrum() {
    return values.clone();
  }

  final double[] values() {
    return values;
  }
}
