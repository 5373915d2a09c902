package org.quietune.geometry;

import java.util.List;
import java.util.Map;

/** {@code B = diag((h+λ)^{-1/2})}. */
public final class DiagonalWhitener extends CoordinateWhitener {
  static final String KIND = "diagonal";

  private final double[] roots;

  /**
   * Whitens with {@code diag(h) + λI}.
   *
   * @param values h, not negative
   * @param damping λ, positive
   */
  public DiagonalWhitener(double[] values, double damping) {
    super(values.clone(), damping);
    roots = Damping.roots(values, damping);
  }

  @Override
  RowMap root() {
    return RowMap.diagonal(roots);
  }

  @Override
  public double[] unwhiten(double[] w) {
    return Damping.product(w, roots);
  }

  @Override
  public Description description() {
    return Description.of(
        KIND, Map.of(), Map.of("values", values(), "damping", new double[] {damping()}), List.of());
  }
}
