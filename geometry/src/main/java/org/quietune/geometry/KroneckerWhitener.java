package org.quietune.geometry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.quietune.model.GradientReduction;
import org.quietune.model.ModeBasis;

/**
 * {@code B = diag((m(h+λ))^{-1/2}) ⊕ (Q ⊗ R)ᵀ}: per tensor a rotation of both sides, then one
 * factor for each coordinate, m the unit of the tensor's values. Rotations and factors are applied
 * inside the backward pass, joined with the subspace's own: whitening a record's gradient costs one
 * reduction.
 */
public final class KroneckerWhitener implements Whitener {
  static final String KIND = "kronecker";
  private static final String UNITS = "units";

  private final GradientReduction rotation;
  private final double[] values;
  private final double[] units;
  private final double damping;
  private final double[] roots;

  /**
   * A whitener.
   *
   * @param values h, in multiples of the units
   * @param units m, one per part of the rotation; empty where all are 1
   */
  KroneckerWhitener(GradientReduction rotation, double[] values, double[] units, double damping) {
    this.rotation = rotation;
    this.values = values;
    this.units = units;
    this.damping = Damping.requirePositive(damping);
    roots = Damping.roots(values, damping);
    for (int i = 0; i < units.length; i++) {
      double root = Math.sqrt(units[i]);
      for (int j = rotation.offset(i); j < rotation.offset(i + 1); j++) {
        roots[j] /= root;
      }
    }
  }

  @Override
  public int dimension() {
    return values.length;
  }

  @Override
  public double damping() {
    return damping;
  }

  @Override
  public GradientCoordinates whitening(Subspace subspace) {
    return new GradientCoordinates(
        rebased(subspace, rotation).times(roots), RowMap.identity(roots.length));
  }

  /**
   * The subspace's reduction with each side rotated.
   *
   * @throws IllegalArgumentException when the subspace is more than a reduction by tensors
   */
  static GradientReduction rebased(Subspace subspace, GradientReduction rotation) {
    GradientReduction base = requireByTensor(subspace);
    List<GradientReduction.Part> parts = new ArrayList<>();
    boolean asOne = base.isWhole();
    for (int i = 0; i < rotation.parts().size(); i++) {
      GradientReduction.Part turn = rotation.parts().get(i);
      boolean plain = asOne || base.parts().get(i) instanceof GradientReduction.Whole;
      if (plain) {
        parts.add(turn);
      } else if (turn instanceof GradientReduction.Kronecker sides) {
        var own = (GradientReduction.Kronecker) base.parts().get(i);
        parts.add(
            new GradientReduction.Kronecker(
                product(own.rows(), sides.rows()), product(own.columns(), sides.columns())));
      } else {
        parts.add(base.parts().get(i));
      }
    }
    return GradientReduction.of(parts);
  }

  static GradientReduction requireByTensor(Subspace subspace) {
    if (subspace.dimension() != subspace.reduction().dimension()) {
      throw new IllegalArgumentException(
          "Kronecker-factored curvature needs the identity or a kronecker subspace, not "
              + subspace.summary());
    }
    return subspace.reduction();
  }

  private static ModeBasis product(ModeBasis first, ModeBasis second) {
    if (second.isIdentity()) {
      return first;
    }
    if (first.isIdentity()) {
      return second;
    }
    double[] entries = new double[first.size() * second.dimension()];
    Blas.multiply(
        first.size(),
        second.dimension(),
        first.dimension(),
        first.entries(),
        second.entries(),
        entries);
    return new ModeBasis(first.size(), second.dimension(), entries);
  }

  @Override
  public double[] whiten(double[] z) {
    return Damping.product(rotation.reduce(z, 1), roots);
  }

  @Override
  public double[] unwhiten(double[] w) {
    return rotation.lift(Damping.product(w, roots));
  }

  @Override
  public double[] spectrum() {
    return values.clone();
  }

  @Override
  public Description description() {
    return Description.of(
        KIND,
        Map.of(),
        Map.of("values", values, UNITS, units, "damping", new double[] {damping}),
        rotation.parts().stream().map(BlockSubspace::describe).toList());
  }

  static KroneckerWhitener of(Description description, double damping) {
    GradientReduction rotation =
        GradientReduction.of(description.parts().stream().map(BlockSubspace::part).toList());
    // Runs of versions that knew one damping for all tensors have no units.
    double[] units = description.arrays().getOrDefault(UNITS, new double[0]);
    return new KroneckerWhitener(rotation, description.array("values"), units, damping);
  }
}
