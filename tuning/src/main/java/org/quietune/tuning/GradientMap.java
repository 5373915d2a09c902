package org.quietune.tuning;

import java.util.List;
import org.quietune.data.Example;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.geometry.RowMap;
import org.quietune.geometry.Whitener;
import org.quietune.model.RowwiseNetwork;
import org.quietune.release.VectorMap;

/**
 * Maps records to the whitened subspace gradients {@code w = B Pᵀ∇ℓ} of their loss at a public
 * point, each weighted by a {@link RecordWeighting}. Every step on the way works record by record
 * in a fixed order, as {@link VectorMap} demands.
 */
final class GradientMap implements VectorMap<Example> {
  /** Records whose gradients are held at a time; their bits do not depend on it. */
  private static final int BLOCK = 8;

  private final RowwiseNetwork network;
  private final RowwiseNetwork.Pass pass;
  private final RowMap whitening;
  private final RecordWeighting weighting;

  GradientMap(FineTuningTask task, double[] theta, Whitener whitener, RecordWeighting weighting) {
    this(task, theta, whitener.whitening(task.subspace()), weighting);
  }

  /** With any public linear map in place of {@code B Pᵀ}. */
  GradientMap(
      FineTuningTask task,
      double[] theta,
      GradientCoordinates coordinates,
      RecordWeighting weighting) {
    this.network = task.rowwise();
    this.pass = network.pass(theta, coordinates.reduction());
    this.whitening = coordinates.map();
    this.weighting = weighting;
  }

  @Override
  public int dimension() {
    return whitening.dimension();
  }

  @Override
  public void map(List<Example> records, double[] out) {
    map(records, out, new double[records.size() * network.outputs()]);
  }

  /** The same, leaving the records' logits in {@code logits}, row-major. */
  void map(List<Example> records, double[] out, double[] logits) {
    int d = pass.gradientLength();
    int k = dimension();
    RowwiseNetwork.Workspace workspace = pass.workspace();
    // What needs no map is written where it belongs.
    boolean direct = whitening.isIdentity();
    double[] gradients = direct ? out : new double[BLOCK * d];
    for (int from = 0; from < records.size(); from += BLOCK) {
      int first = from;
      int last = Math.min(from + BLOCK, records.size());
      int base = direct ? from * k : 0;
      workspace.inBlock(
          () -> {
            for (int i = first; i < last; i++) {
              Example record = records.get(i);
              int at = base + (i - first) * d;
              int atLogits = i * network.outputs();
              workspace.gradient(
                  record.features(), 0, record.label(), gradients, at, logits, atLogits);
            }
          });
      if (!direct) {
        whitening.apply(gradients, last - first, out, from * k);
      }
    }
    weighting.apply(records, logits, out, k);
  }
}
