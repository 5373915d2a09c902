package org.quietune.tuning;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.quietune.data.Example;
import org.quietune.geometry.BlockSubspace;
import org.quietune.geometry.CurvatureChoice;
import org.quietune.geometry.IdentitySubspace;
import org.quietune.geometry.PrincipalSubspace;
import org.quietune.geometry.Subspace;
import org.quietune.geometry.SubspaceChoice;
import org.quietune.model.Network;

/**
 * In which directions to train and which form of curvature to use, as asked for; what is not asked
 * for is chosen by size.
 *
 * @param subspace asked for; null leaves it to the method
 * @param curvature asked for; null chooses by the subspace
 */
public record Geometry(@Nullable SubspaceChoice subspace, @Nullable CurvatureChoice curvature) {
  /** Up to this many parameters, the curvature of all of them is kept as one dense matrix. */
  static final int LARGEST_DENSE = 2000;

  /** Up to this many parameters, whole gradients of a public sample fit in memory. */
  private static final int LARGEST_PRINCIPAL = 1 << 19;

  private static final int PRINCIPAL_DIRECTIONS = 64;
  private static final int RANK = 16;
  private static final long SEED = 1;

  public Geometry {
    if (subspace != null && curvature != null) {
      curvature.requireFits(subspace);
    }
  }

  /** Nothing asked for. */
  public static Geometry automatic() {
    return new Geometry(null, null);
  }

  /** Whether anything is asked for. */
  public boolean isAutomatic() {
    return subspace == null && curvature == null;
  }

  Subspace subspace(
      FineTuningMethod method, Network network, double[] theta, List<Example> publicData) {
    return subspace == null
        ? method.subspace(network, theta, publicData)
        : subspace.on(network, theta, Batches.principalSample(network, publicData));
  }

  /** The form that fits: dense where it is small, then by tensors, else leading directions. */
  CurvatureChoice curvature(Subspace chosen) {
    CurvatureChoice choice = Objects.requireNonNullElseGet(curvature, () -> fitting(chosen));
    choice.requireFits(chosen);
    return choice;
  }

  static CurvatureChoice fitting(Subspace subspace) {
    if (!isWide(subspace)) {
      return CurvatureChoice.dense();
    }
    boolean byTensor = subspace.dimension() == subspace.reduction().dimension();
    return CurvatureChoice.parse(byTensor ? "ekfac" : "lowrank:" + PRINCIPAL_DIRECTIONS);
  }

  /** Whether so many directions are trained that their curvature is kept in factors. */
  static boolean isWide(Subspace subspace) {
    return subspace.dimension() > LARGEST_DENSE;
  }

  /**
   * What the automatic mechanism trains: with several classes all parameters where their gradients
   * fit in memory, else the standard directions.
   */
  static Subspace automaticSubspace(Network network, double[] theta, List<Example> publicData) {
    int parameters = network.parameterCount();
    return network.outputs() > 1 && parameters <= LARGEST_PRINCIPAL
        ? new IdentitySubspace(parameters)
        : standard(network, theta, publicData);
  }

  /**
   * All parameters where their dense curvature is affordable; else, with one logit, cores between
   * the leading singular vectors of the weights, where these are few enough for it; else principal
   * directions; else random Kronecker ones.
   */
  static Subspace standard(Network network, double[] theta, List<Example> publicData) {
    int parameters = network.parameterCount();
    if (parameters <= LARGEST_DENSE) {
      return new IdentitySubspace(parameters);
    }
    if (parameters > LARGEST_PRINCIPAL) {
      return BlockSubspace.kronecker(
          network.parameters(), theta, RANK, BlockSubspace.Sides.RANDOM, SEED);
    }
    if (network.outputs() == 1) {
      Subspace cores =
          BlockSubspace.kronecker(
              network.parameters(), theta, RANK, BlockSubspace.Sides.SINGULAR, SEED);
      if (!isWide(cores)) {
        return cores;
      }
    }
    return PrincipalSubspace.of(
        network, theta, Batches.principalSample(network, publicData), PRINCIPAL_DIRECTIONS);
  }
}
