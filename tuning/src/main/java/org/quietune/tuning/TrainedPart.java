package org.quietune.tuning;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.quietune.data.Example;
import org.quietune.geometry.BlockSubspace;
import org.quietune.geometry.CoordinateSubspace;
import org.quietune.geometry.IdentitySubspace;
import org.quietune.geometry.Subspace;
import org.quietune.model.Network;
import org.quietune.model.ParameterInfo;

/** Which parameters a baseline trains. */
public enum TrainedPart {
  /** All of them. */
  ALL {
    @Override
    Subspace subspace(Network network, double[] theta, List<Example> publicData) {
      return new IdentitySubspace(theta.length);
    }
  },

  /** The automatic mechanism's own directions, whose curvature is affordable. */
  CURVED {
    @Override
    Subspace subspace(Network network, double[] theta, List<Example> publicData) {
      return Geometry.automaticSubspace(network, theta, publicData);
    }
  },

  /** The last weight and what follows it. */
  HEAD {
    @Override
    Subspace subspace(Network network, double[] theta, List<Example> publicData) {
      int from =
          network.parameters().stream()
              .filter(p -> p.role() == ParameterInfo.Role.WEIGHT)
              .mapToInt(ParameterInfo::offset)
              .max()
              .orElse(0);
      return chosen(network, theta, p -> p.offset() >= from);
    }
  },

  /** Biases only (DP-BiTFiT: Bu et al. 2024). */
  BIASES {
    @Override
    Subspace subspace(Network network, double[] theta, List<Example> publicData) {
      return chosen(network, theta, p -> p.role() == ParameterInfo.Role.BIAS);
    }
  },

  /**
   * Cores between the leading singular vectors of the pretrained weights, as in LoRA-XS (Bałazy et
   * al. 2024); vectors, and weights of one row or column, are trained whole.
   */
  SINGULAR_CORES {
    @Override
    Subspace subspace(Network network, double[] theta, List<Example> publicData) {
      return BlockSubspace.kronecker(
          network.parameters(), theta, CORE_RANK, BlockSubspace.Sides.SINGULAR, SEED);
    }
  };

  private static final int CORE_RANK = 16;

  /** For sides that the weight leaves open. */
  private static final long SEED = 1;

  /** The trained directions of a model. */
  abstract Subspace subspace(Network network, double[] theta, List<Example> publicData);

  private static Subspace chosen(Network network, double[] theta, Predicate<ParameterInfo> which) {
    List<ParameterInfo> parameters = network.parameters().stream().filter(which).toList();
    int[] trained =
        parameters.stream()
            .flatMapToInt(p -> IntStream.range(p.offset(), p.offset() + p.size()))
            .sorted()
            .toArray();
    return new CoordinateSubspace(theta.length, trained);
  }
}
