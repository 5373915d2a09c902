package org.quietune.release;

import java.util.Arrays;
import java.util.List;

/**
 * A block of private records, whole units or a part of one, and what they add to sums. Vectors
 * exist piece by piece only. For one thread.
 */
final class UnitBlock<R> {
  private final L2Clip clip;
  private final VectorPieces<R> pieces;
  private final PieceNorms norms;
  private final ClippedSum sum;
  private final double[] piece;
  private final long[] cells;

  // Where each unit's records begin, and for records of larger units cells per unit of a vector.
  private int[] starts = {};
  private double[] scales = {};

  UnitBlock(L2Clip clip, VectorPieces<R> pieces, long[] total) {
    this.clip = clip;
    this.pieces = pieces;
    PieceBuffers buffers = new PieceBuffers(pieces);
    norms = new PieceNorms(pieces, buffers);
    sum = new ClippedSum(clip, pieces, total);
    piece = buffers.piece();
    cells = new long[buffers.width()];
  }

  /**
   * Adds units to the total.
   *
   * @param records those of one unit after those of another
   * @param sizes of the units
   */
  void add(List<R> records, List<Integer> sizes) {
    if (sizes.isEmpty()) {
      return;
    }
    pieces.prepare(records);
    starts = new int[sizes.size() + 1];
    for (int u = 0; u < sizes.size(); u++) {
      starts[u + 1] = starts[u] + sizes.get(u);
    }
    if (records.size() > sizes.size()) {
      scaleRecords(records.size());
    }
    sum.add(this::writeUnit, sizes.size());
  }

  /** The sum of records of one unit. */
  UnitSum sumOf(List<R> records, int dimension) {
    pieces.prepare(records);
    scaleRecords(records.size());
    UnitSum unit = new UnitSum(dimension);
    for (int p = 0; p < pieces.count(); p++) {
      for (int r = 0; r < records.size(); r++) {
        pieces.write(p, r, piece);
        unit.add(piece, pieces.length(p), scales[r], pieces.start(p));
      }
    }
    return unit;
  }

  /** Adds a unit whose records have been summed. */
  void add(UnitSum unit) {
    if (unit.isFinite()) {
      sum.add((p, i, out) -> unit.write(clip, pieces.start(p), pieces.length(p), out), 1);
    }
  }

  private void scaleRecords(int count) {
    scales = new double[count];
    norms.norms(pieces::write, count, scales);
    for (int r = 0; r < count; r++) {
      scales[r] = UnitSum.scale(clip, scales[r]);
    }
  }

  private void writeUnit(int p, int unit, double[] out) {
    int from = starts[unit];
    int to = starts[unit + 1];
    if (to == from + 1) {
      pieces.write(p, from, out);
      return;
    }
    int length = pieces.length(p);
    Arrays.fill(cells, 0, length, 0);
    for (int r = from; r < to; r++) {
      if (!(scales[r] > 0)) {
        // A record that is not finite empties its unit.
        Arrays.fill(out, 0, length, Double.NaN);
        return;
      }
      pieces.write(p, r, piece);
      UnitSum.addPiece(piece, length, scales[r], cells, 0);
    }
    UnitSum.vector(clip, cells, 0, length, out);
  }
}
