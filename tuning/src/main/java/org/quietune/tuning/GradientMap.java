package org.quietune.tuning;

import java.util.List;
import java.util.function.Function;
import org.quietune.data.Example;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.geometry.RowMap;
import org.quietune.geometry.Whitener;
import org.quietune.model.GradientPieces;
import org.quietune.model.RowwiseNetwork;
import org.quietune.release.VectorPieces;

/**
 * Maps records to the whitened subspace gradients {@code w = B Pᵀ∇ℓ} of their loss at a public
 * point, each weighted by a {@link RecordWeighting}. Every step on the way works record by record
 * in a fixed order, as {@link MeanMap} demands.
 */
final class GradientMap implements MeanMap {
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

  /**
   * Written from what gradients are made of, where nothing comes after the reduction: neither a map
   * of rows nor a weight that needs the whole vector.
   */
  @Override
  public VectorPieces<Example> pieces() {
    return whitening.isIdentity() && weighting == RecordWeighting.NONE
        ? new Pieces(pass.pieces(), network.inputWidth())
        : MeanMap.super.pieces();
  }

  /** Pieces of gradients. */
  private static final class Pieces implements VectorPieces<Example> {
    /** Records whose sides meet the bases together. */
    private static final int LARGEST_BLOCK = 64;

    /** Values that a block keeps: 8 MB. */
    private static final int BLOCK_VALUES = 1 << 20;

    private final GradientPieces gradients;
    private final int blockSize;

    Pieces(GradientPieces gradients, int inputWidth) {
      this.gradients = gradients;
      // What is kept of a record follows from shapes, so that one of zeros shows it.
      gradients.prepare(List.of(new float[inputWidth]), new double[1]);
      long together = BLOCK_VALUES / Math.max(1, gradients.keptValues());
      blockSize = (int) Math.max(1, Math.min(LARGEST_BLOCK, together));
    }

    @Override
    public int blockSize() {
      return blockSize;
    }

    @Override
    public int count() {
      return gradients.count();
    }

    @Override
    public int start(int piece) {
      return gradients.start(piece);
    }

    @Override
    public void prepare(List<Example> records) {
      gradients.prepare(
          records.stream().map(Example::features).toList(),
          records.stream().mapToDouble(Example::label).toArray());
    }

    @Override
    public void write(int piece, int record, double[] out) {
      gradients.write(piece, record, out);
    }
  }

  /** The same, leaving the records' logits in {@code logits}, row-major. */
  void map(List<Example> records, double[] out, double[] logits) {
    inBlocks(
        records,
        out,
        (workspace, i, gradients, at) -> {
          Example record = records.get(i);
          int atLogits = i * network.outputs();
          workspace.gradient(record.features(), 0, record.label(), gradients, at, logits, atLogits);
        });
    weighting.apply(records, logits, out, dimension());
  }

  /** The mean is taken before anything linear that comes after the backward pass. */
  @Override
  public void mapMeans(
      List<Example> records, Function<Example, List<Example>> views, double[] out) {
    if (weighting != RecordWeighting.NONE) {
      MeanMap.super.mapMeans(records, views, out);
      return;
    }
    inBlocks(
        records,
        out,
        (workspace, i, gradients, at) -> {
          Example record = records.get(i);
          List<float[]> features = views.apply(record).stream().map(Example::features).toList();
          workspace.meanGradient(features, record.label(), gradients, at);
        });
  }

  /** Writes a record's gradient in the network's own coordinates. */
  @FunctionalInterface
  private interface Writer {
    void write(RowwiseNetwork.Workspace workspace, int record, double[] gradients, int at);
  }

  private void inBlocks(List<Example> records, double[] out, Writer writer) {
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
              writer.write(workspace, i, gradients, base + (i - first) * d);
            }
          });
      if (!direct) {
        whitening.apply(gradients, last - first, out, from * k);
      }
    }
  }
}
