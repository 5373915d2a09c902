package org.quietune.geometry;

import java.util.Locale;
import org.quietune.model.Batch;
import org.quietune.model.Network;

/**
 * Which subspace to train in.
 *
 * @param kind the kind
 * @param size rank or number of directions; 0 for the identity
 * @param seed of what is drawn; public
 */
public record SubspaceChoice(Kind kind, int size, long seed) {
  /** The kinds, by their names on the command line. */
  public enum Kind {
    /** All trained parameters. */
    IDENTITY,
    /** {@code U Z Vᵀ} per weight, random sides. */
    KRONECKER,
    /** {@code U Z Vᵀ} per weight, sides from the pretrained weight. */
    KRONECKER_SVD,
    /** Random normal directions. */
    GAUSSIAN,
    /** Subsampled randomized Hadamard directions. */
    SRHT,
    /** Leading public Gauss–Newton directions. */
    PRINCIPAL;

    private String flag() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  public SubspaceChoice {
    if (kind != Kind.IDENTITY && size < 1) {
      throw new IllegalArgumentException(kind.flag() + " needs a size of at least 1, was " + size);
    }
  }

  /**
   * Reads {@code identity}, {@code kronecker:R}, {@code kronecker-svd:R}, {@code gaussian:K},
   * {@code srht:K} or {@code principal:K}, each with seed 1.
   *
   * @throws IllegalArgumentException when it is none of these
   */
  public static SubspaceChoice parse(String text) {
    for (Kind kind : Kind.values()) {
      if (kind == Kind.IDENTITY && text.equals(kind.flag())) {
        return new SubspaceChoice(kind, 0, 1);
      }
      if (kind != Kind.IDENTITY && text.startsWith(kind.flag() + ":")) {
        String size = text.substring(kind.flag().length() + 1);
        try {
          return new SubspaceChoice(kind, Integer.parseInt(size), 1);
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException(
              kind.flag() + " needs a number, was '" + size + "'", e);
        }
      }
    }
    throw new IllegalArgumentException(
        "expected identity, kronecker:R, kronecker-svd:R, gaussian:K, srht:K or principal:K, not '"
            + text
            + "'");
  }

  /** Whether directions are those of each tensor by itself. */
  boolean isByTensor() {
    return kind == Kind.IDENTITY || kind == Kind.KRONECKER || kind == Kind.KRONECKER_SVD;
  }

  /**
   * The subspace of a network's parameters. A number of directions above d is lowered to d.
   *
   * @param publicSample for principal directions: public records, a few times {@code size} of them
   */
  public Subspace on(Network network, double[] theta, Batch publicSample) {
    int d = network.parameterCount();
    int k = Math.min(size, d);
    return switch (kind) {
      case IDENTITY -> new IdentitySubspace(d);
      case KRONECKER ->
          BlockSubspace.kronecker(
              network.parameters(), theta, size, BlockSubspace.Sides.RANDOM, seed);
      case KRONECKER_SVD ->
          BlockSubspace.kronecker(
              network.parameters(), theta, size, BlockSubspace.Sides.SINGULAR, seed);
      case GAUSSIAN -> new GaussianSubspace(d, k, seed);
      case SRHT -> new HadamardSubspace(d, k, seed);
      case PRINCIPAL -> PrincipalSubspace.of(network, theta, publicSample, k);
    };
  }
}
