package org.quietune.release;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;

/** How a sum is perturbed. Public configuration only; the sum's privacy depends on it. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = GaussianNoise.class, name = "gaussian"),
  @JsonSubTypes.Type(value = PoissonGaussianNoise.class, name = "poissonGaussian"),
  @JsonSubTypes.Type(value = DiscreteLaplaceNoise.class, name = "discreteLaplace"),
  @JsonSubTypes.Type(value = BallNormalNoise.class, name = "ballNormal")
})
public sealed interface NoiseLaw
    permits GaussianNoise, PoissonGaussianNoise, DiscreteLaplaceNoise, BallNormalNoise {

  /** The scale of the noise over the clip norm; unitless. Each law says which scale it means. */
  double multiplier();

  /** The law in a few words, for people. */
  String inWords();

  /**
   * The privacy event that the release of a clipped sum under this law is charged as.
   *
   * @param dimension coordinates of the sum
   * @param clip of each unit's vector
   * @throws IllegalArgumentException where the law has no guarantee for such a sum
   */
  PrivacyEvent event(int dimension, L2Clip clip, NeighboringRelation relation);
}
