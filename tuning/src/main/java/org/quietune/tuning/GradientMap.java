package org.quietune.tuning;

import java.util.List;
import org.quietune.data.Example;
import org.quietune.geometry.Subspace;
import org.quietune.geometry.Whitener;
import org.quietune.model.Batch;
import org.quietune.model.Network;
import org.quietune.release.VectorMap;

/**
 * Maps records to the whitened subspace gradients {@code w = B Pᵀ∇ℓ} of their loss at a public
 * point, each weighted by a {@link RecordWeighting}.
 */
final class GradientMap implements VectorMap<Example> {
  private final Network network;
  private final double[] theta;
  private final Subspace subspace;
  private final Whitener whitener;
  private final RecordWeighting weighting;

  GradientMap(
      Network network,
      double[] theta,
      Subspace subspace,
      Whitener whitener,
      RecordWeighting weighting) {
    this.network = network;
    this.theta = theta.clone();
    this.subspace = subspace;
    this.whitener = whitener;
    this.weighting = weighting;
  }

  @Override
  public int dimension() {
    return whitener.dimension();
  }

  @Override
  public void map(List<Example> records, double[] out) {
    map(Batches.of(records, network.inputWidth()), out);
  }

  /** The same for a public batch; writes {@code batch.size() × dimension()} to {@code out}. */
  void map(Batch batch, double[] out) {
    double[] gradients = new double[batch.size() * network.parameterCount()];
    network.perExampleGradients(theta, batch, gradients);
    whitener.whiten(subspace.project(gradients, batch.size()), batch.size(), out);
    weighting.apply(network, theta, batch, out, dimension());
  }
}
