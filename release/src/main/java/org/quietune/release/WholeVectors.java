package org.quietune.release;

import java.util.List;

/** Pieces of vectors that are in memory as a whole. */
final class WholeVectors<R> implements VectorPieces<R> {
  private static final int LARGEST_BLOCK = 256;

  /** Values of a block: 8 MB, so that the door finds in a cache what the map has written. */
  static final int BLOCK_VALUES = 1 << 20;

  private final VectorMap<R> map;
  private final int dimension;
  private final int blockSize;
  private double[] vectors = {};

  WholeVectors(VectorMap<R> map) {
    this.map = map;
    dimension = map.dimension();
    blockSize = Math.max(1, Math.min(LARGEST_BLOCK, BLOCK_VALUES / dimension));
  }

  @Override
  public int blockSize() {
    return blockSize;
  }

  @Override
  public int count() {
    return (dimension - 1) / LONGEST + 1;
  }

  @Override
  public int start(int piece) {
    return (int) Math.min(dimension, (long) piece * LONGEST);
  }

  @Override
  public void prepare(List<R> records) {
    if (vectors.length == 0) {
      vectors = new double[blockSize * dimension];
    }
    map.map(records, vectors);
  }

  @Override
  public void write(int piece, int record, double[] out) {
    System.arraycopy(vectors, record * dimension + start(piece), out, 0, length(piece));
  }
}
