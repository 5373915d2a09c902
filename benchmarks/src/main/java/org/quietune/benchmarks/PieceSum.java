package org.quietune.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quietune.model.Batch;
import org.quietune.model.GradientPieces;
import org.quietune.model.GradientReduction;
import org.quietune.model.ModelFile;
import org.quietune.model.RowwiseNetwork;

/**
 * The door's sum of clipped gradients, without reading records and without noise: blocks of
 * records, pieces of their vectors, a pass for norms, a pass that adds. The latter either adds
 * scaled vectors, as any private training must, or does what the door does besides: truncates to
 * cells, adds these and their squares, and checks the squares ({@code ClippedSum} of the release
 * module, whose loops these are). Clips to norm 1.
 */
final class PieceSum {
  /** Records that share a block and a walk over the pieces, as in the fine-tuning pass. */
  private static final int BLOCK = 64;

  private static final int GROUP = 32;

  private static final double CELLS = 1 << 30;

  private final GradientPieces pieces;
  private final boolean lattice;

  /** A length for which arrays made together are alike aligned, as the door's are. */
  private static final int WIDTH = GradientPieces.LONGEST + 6;

  private final double[][] lanes = new double[GROUP + 2][WIDTH];
  private final double[] piece = lanes[GROUP];
  private final double[] pieceSum = lanes[GROUP + 1];
  private final double[] scales = new double[GROUP];
  private final double[] block;
  private final double[] sum;

  private PieceSum(GradientPieces pieces, boolean lattice) {
    this.pieces = pieces;
    this.lattice = lattice;
    block = new double[pieces.start(pieces.count())];
    sum = new double[block.length];
  }

  static PieceSum of(RowwiseNetwork network, double[] theta, GradientReduction reduction) {
    return new PieceSum(network.pass(theta, reduction).pieces(), false);
  }

  /** The same on the lattice. */
  PieceSum onLattice() {
    return new PieceSum(pieces, true);
  }

  /** Of a small network. */
  static PieceSum none() {
    ModelFile file = GradientPathBenchmark.file("mlp");
    GradientReduction whole = GradientReduction.whole(file.parameterCount());
    return of(RowwiseNetwork.of(file), file.parameterValues(), whole);
  }

  /** The sum over a batch, in clip norms or cells; overwritten by the next. */
  double[] of(Batch batch) {
    Arrays.fill(sum, 0);
    for (int from = 0; from < batch.size(); from += BLOCK) {
      int count = Math.min(BLOCK, batch.size() - from);
      prepare(batch, from, count);
      for (int first = 0; first < count; first += GROUP) {
        addGroup(first, Math.min(GROUP, count - first));
      }
    }
    return sum;
  }

  private void prepare(Batch batch, int from, int count) {
    List<float[]> features = new ArrayList<>();
    for (int i = from; i < from + count; i++) {
      int at = i * batch.width();
      features.add(Arrays.copyOfRange(batch.features(), at, at + batch.width()));
    }
    pieces.prepare(features, Arrays.copyOfRange(batch.labels(), from, from + count));
  }

  private void addGroup(int first, int count) {
    clear();
    for (int p = 0; p < pieces.count(); p++) {
      int length = pieces.start(p + 1) - pieces.start(p);
      for (int i = 0; i < count; i++) {
        pieces.write(p, first + i, piece);
        addSquares(piece, lanes[i], length);
      }
    }
    for (int i = 0; i < count; i++) {
      scales[i] = (lattice ? CELLS : 1) * Math.min(1, 1 / Math.sqrt(sum(lanes[i])));
    }
    clear();
    for (int p = 0; p < pieces.count(); p++) {
      int length = pieces.start(p + 1) - pieces.start(p);
      Arrays.fill(pieceSum, 0, length, 0);
      for (int i = 0; i < count; i++) {
        pieces.write(p, first + i, piece);
        if (lattice) {
          addCells(scales[i], piece, pieceSum, lanes[i], length);
        } else {
          addMultiple(scales[i], piece, pieceSum, length);
        }
      }
      System.arraycopy(pieceSum, 0, block, pieces.start(p), length);
    }
    for (int i = 0; i < count; i++) {
      if (lattice && !(sum(lanes[i]) < CELLS * CELLS)) {
        throw new IllegalStateException("a vector outside of the ball");
      }
    }
    for (int j = 0; j < sum.length; j++) {
      sum[j] += lattice ? (long) block[j] : block[j];
    }
  }

  private void clear() {
    for (int i = 0; i < GROUP; i++) {
      Arrays.fill(lanes[i], 0);
    }
  }

  private static void addSquares(double[] x, double[] sums, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] += x[j] * x[j];
    }
  }

  private static void addMultiple(double scale, double[] vector, double[] sums, int n) {
    for (int j = 0; j < n; j++) {
      sums[j] += scale * vector[j];
    }
  }

  private static void addCells(
      double scale, double[] vector, double[] cells, double[] squares, int n) {
    for (int j = 0; j < n; j++) {
      double x = scale * vector[j];
      double size = Math.abs(x);
      double q = Math.floor((size + x) * 0.5) - Math.floor((size - x) * 0.5);
      cells[j] += q;
      squares[j] += q * q;
    }
  }

  private static double sum(double[] lanes) {
    double[] sums = new double[8];
    for (int j = 0; j < lanes.length; j++) {
      sums[j % 8] += lanes[j];
    }
    return Arrays.stream(sums).sum();
  }
}
