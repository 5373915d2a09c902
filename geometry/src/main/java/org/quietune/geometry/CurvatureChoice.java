package org.quietune.geometry;

import java.util.Locale;
import org.quietune.model.Batch;
import org.quietune.model.Network;

/**
 * Which form of curvature to compute on public records.
 *
 * @param kind the form
 * @param rank for {@link Kind#LOWRANK}: number of leading directions; otherwise 0
 */
public record CurvatureChoice(Kind kind, int rank) {
  /** The forms, by their names on the command line. */
  public enum Kind {
    /** k × k, exact Gauss–Newton. */
    DENSE,
    /** Leading directions, and the mean on all others. */
    LOWRANK,
    /** Kronecker-factored by tensor. */
    KFAC,
    /** Kronecker-factored with measured eigenvalues. */
    EKFAC,
    /** The diagonal. */
    DIAGONAL;

    private String flag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Seed of the labels that are drawn from the model. */
  private static final long LABEL_SEED = 1;

  public CurvatureChoice {
    if ((kind == Kind.LOWRANK) != (rank > 0) || rank < 0) {
      throw new IllegalArgumentException("a rank of at least 1 belongs to lowrank, was " + rank);
    }
  }

  public static CurvatureChoice dense() {
    return new CurvatureChoice(Kind.DENSE, 0);
  }

  /**
   * Reads {@code dense}, {@code lowrank:R}, {@code kfac}, {@code ekfac} or {@code diagonal}.
   *
   * @throws IllegalArgumentException when it is none of these
   */
  public static CurvatureChoice parse(String text) {
    for (Kind kind : Kind.values()) {
      if (kind != Kind.LOWRANK && text.equals(kind.flag())) {
        return new CurvatureChoice(kind, 0);
      }
    }
    if (text.startsWith("lowrank:")) {
      String rank = text.substring("lowrank:".length());
      try {
        return new CurvatureChoice(Kind.LOWRANK, Integer.parseInt(rank));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("lowrank needs a number, was '" + rank + "'", e);
      }
    }
    throw new IllegalArgumentException(
        "expected dense, lowrank:R, kfac, ekfac or diagonal, not '" + text + "'");
  }

  /** In words. */
  public String summary() {
    return switch (kind) {
      case DENSE -> "dense Gauss-Newton";
      case LOWRANK -> "rank-" + rank + " + isotropic Gauss-Newton";
      case KFAC -> "Kronecker-factored Gauss-Newton";
      case EKFAC -> "eigenvalue-corrected Kronecker-factored Gauss-Newton";
      case DIAGONAL -> "diagonal Gauss-Newton";
    };
  }

  /**
   * Refuses, before anything is computed, what cannot be.
   *
   * @throws IllegalArgumentException when the form does not fit the subspace
   */
  public void requireFits(Subspace subspace) {
    if (kind == Kind.KFAC || kind == Kind.EKFAC) {
      KroneckerWhitener.requireByTensor(subspace);
    }
    if (kind == Kind.DENSE && subspace.dimension() > 20_000) {
      throw new IllegalArgumentException(
          "dense curvature of "
              + subspace.dimension()
              + " directions does not fit in memory: choose kfac, lowrank:R, diagonal, or a smaller"
              + " subspace");
    }
  }

  /**
   * Refuses a pair of choices that no model can carry out.
   *
   * @throws IllegalArgumentException saying which subspaces fit
   */
  public void requireFits(SubspaceChoice subspace) {
    boolean factored = kind == Kind.KFAC || kind == Kind.EKFAC;
    if (factored && !subspace.isByTensor()) {
      throw new IllegalArgumentException(
          kind.flag() + " needs the subspace identity, kronecker:R or kronecker-svd:R");
    }
  }

  /**
   * The curvature at {@code theta} in a subspace's coordinates. Dense and low-rank forms are exact
   * Gauss–Newton on the records; the others draw one label per record from the model where it has
   * several logits.
   *
   * @throws IllegalArgumentException when the form does not fit the subspace
   */
  public Curvature at(Network network, double[] theta, Batch publicData, Subspace subspace) {
    requireFits(subspace);
    boolean exact = kind == Kind.DENSE || kind == Kind.LOWRANK || network.outputs() == 1;
    CurvatureRows rows =
        exact
            ? CurvatureRows.exact(network, theta, publicData, subspace)
            : CurvatureRows.sampled(network, theta, publicData, subspace, LABEL_SEED);
    return of(rows);
  }

  /**
   * The same form of the second moment of gradients at labels drawn with equal chances ({@link
   * CurvatureRows#uniform}).
   *
   * @throws IllegalArgumentException when the form does not fit the subspace
   */
  public Curvature atUnknownLabels(
      Network network, double[] theta, Batch publicData, Subspace subspace) {
    requireFits(subspace);
    return of(CurvatureRows.uniform(network, theta, publicData, subspace, LABEL_SEED));
  }

  private Curvature of(CurvatureRows rows) {
    return switch (kind) {
      case DENSE -> Spectrum.of(rows.subspace().dimension(), GaussNewton.dense(rows));
      case LOWRANK -> LowRankCurvature.of(rows, rank);
      case KFAC -> KroneckerCurvature.of(rows);
      case EKFAC -> KroneckerCurvature.corrected(rows);
      case DIAGONAL -> DiagonalCurvature.of(rows);
    };
  }
}
