package org.quietune.geometry;

import java.util.List;
import java.util.Map;

/**
 * {@code B = diag((h+λ)^{-1/2}) Qᵀ}, Q orthogonal with the leading eigenvectors as its first
 * columns; on the others h is constant, so that it does not matter which they are.
 */
public final class LowRankWhitener extends CoordinateWhitener {
  static final String KIND = "lowrank";

  private final double[] reflectorRows;
  private final Reflectors rotation;
  private final double[] roots;

  LowRankWhitener(double[] values, double[] reflectorRows, double damping) {
    super(values, damping);
    this.reflectorRows = reflectorRows;
    rotation = new Reflectors(reflectorRows, values.length);
    roots = Damping.roots(values, damping);
  }

  @Override
  RowMap root() {
    return new Root();
  }

  private final class Root implements RowMap {
    @Override
    public int dimension() {
      return roots.length;
    }

    @Override
    public void apply(double[] rows, int count, double[] out, int offset) {
      int k = roots.length;
      System.arraycopy(rows, 0, out, offset, count * k);
      for (int r = 0; r < count; r++) {
        int at = offset + r * k;
        rotation.apply(true, out, at);
        for (int j = 0; j < k; j++) {
          out[at + j] *= roots[j];
        }
      }
    }
  }

  @Override
  public double[] unwhiten(double[] w) {
    double[] z = Damping.product(w, roots);
    rotation.apply(false, z, 0);
    return z;
  }

  @Override
  public Description description() {
    return Description.of(
        KIND,
        Map.of(),
        Map.of(
            "values", values(), "reflectors", reflectorRows, "damping", new double[] {damping()}),
        List.of());
  }
}
