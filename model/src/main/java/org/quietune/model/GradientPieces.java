package org.quietune.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Reduced gradients of a block of records that need not be in memory: kept as what they are made
 * of, and written piece by piece as often as they are asked for. A linear layer's gradient is an
 * outer product, so that its two sides take the place of their product.
 *
 * <p>Guarantee: what is written has the bits that {@link RowwiseNetwork.Workspace#gradient} writes
 * there, whatever other records are in the block. Where pieces begin follows from the shapes of
 * tensors alone.
 *
 * <p>For one thread. Memory: per record of a block, both sides of each linear layer, and all
 * coordinates of other tensors.
 */
public final class GradientPieces {
  /** The longest piece. */
  public static final int LONGEST = 1024;

  /** Rows of at least this length are not joined in one piece. */
  private static final int LONG_ROW = 64;

  private final RowwiseNetwork.Workspace workspace;
  private final PieceSource[] sources;
  private final int rowLength;
  private final List<double[]> rows = new ArrayList<>();

  // By piece: its source, and where it begins there and in the whole.
  private final int[] owners;
  private final int[] offsets;
  private final int[] starts;

  GradientPieces(RowwiseNetwork.Workspace workspace, List<PieceSource> sources, int rowLength) {
    this.workspace = workspace;
    this.sources = sources.toArray(new PieceSource[0]);
    this.rowLength = rowLength;
    List<int[]> pieces = new ArrayList<>();
    int start = 0;
    for (int owner = 0; owner < sources.size(); owner++) {
      PieceSource source = sources.get(owner);
      for (int at = 0; at < source.dimension(); at += length(source, at)) {
        pieces.add(new int[] {owner, at, start + at});
      }
      start += source.dimension();
    }
    owners = pieces.stream().mapToInt(piece -> piece[0]).toArray();
    offsets = pieces.stream().mapToInt(piece -> piece[1]).toArray();
    starts = new int[pieces.size() + 1];
    for (int p = 0; p < owners.length; p++) {
      starts[p] = pieces.get(p)[2];
    }
    starts[owners.length] = start;
  }

  /** Length of a piece that begins at a coordinate: a part of a row, or several short rows. */
  private static int length(PieceSource source, int at) {
    int columns = source.rowLength();
    if (columns < LONG_ROW) {
      return Math.min(LONGEST / columns * columns, source.dimension() - at);
    }
    return Math.min(part(columns), columns - at % columns);
  }

  /** Length of the parts of a row: about equal, at most {@link #LONGEST}. */
  static int part(int columns) {
    int parts = (columns - 1) / LONGEST + 1;
    return ((columns - 1) / parts / 8 + 1) * 8;
  }

  /** Number of pieces. */
  public int count() {
    return owners.length;
  }

  /** The first coordinate of a piece; of {@code count()}, the number of coordinates. */
  public int start(int piece) {
    return starts[piece];
  }

  /**
   * Runs a block of records in place of the last one.
   *
   * @param features each record's raw columns
   * @param labels one for each
   * @throws IllegalArgumentException when there are fewer labels than records
   */
  public void prepare(List<float[]> features, double[] labels) {
    if (labels.length < features.size()) {
      throw new IllegalArgumentException("there are fewer labels than records");
    }
    workspace.inBlock(
        () -> {
          for (int i = 0; i < features.size(); i++) {
            if (i == rows.size()) {
              rows.add(new double[rowLength]);
            }
            workspace.gradient(features.get(i), 0, labels[i], rows.get(i), 0);
          }
        });
  }

  /** Writes a piece of a record's gradient from {@code out[0]} on. */
  public void write(int piece, int record, double[] out) {
    int length = starts[piece + 1] - starts[piece];
    sources[owners[piece]].write(record, rows.get(record), offsets[piece], length, out);
  }

  /** Values kept for each record of the last block. */
  public long keptValues() {
    long kept = rowLength;
    for (PieceSource source : sources) {
      kept += source.keptValues();
    }
    return kept;
  }
}
