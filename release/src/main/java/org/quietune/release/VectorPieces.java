package org.quietune.release;

import java.util.List;

/**
 * The vectors of a block of records, written piece by piece, so that no whole vector need be in
 * memory: the door asks for each piece once for the norm and once more for the sum.
 *
 * <p>The coordinates are cut into pieces, in their order, by public values alone. What is written
 * must be what {@link VectorMap#map} writes there, to the last bit, however often and in whatever
 * order it is asked for. The bound on what a unit adds to a sum does not rest on this: the door
 * checks the very cells that it adds ({@link L2Clip}). That a unit's vector is its own does
 * (docs/theory.md §3.1).
 *
 * <p>For one thread; holds what it was last given until it is given more.
 *
 * @param <R> the record type
 */
public interface VectorPieces<R> {
  /** The longest piece that is allowed: it and its like stay in the first cache. */
  int LONGEST = 1024;

  /** Records to prepare at a time, at most; at least 1. */
  int blockSize();

  /** Number of pieces. */
  int count();

  /** The first coordinate of a piece; {@code start(count())} is the dimension. */
  int start(int piece);

  /** Computes what the pieces of these records need, in place of earlier ones. */
  void prepare(List<R> records);

  /**
   * Writes a piece of the vector of the {@code record}-th record of the block, from {@code out[0]}
   * on.
   */
  void write(int piece, int record, double[] out);

  /** Coordinates of a piece. */
  default int length(int piece) {
    return start(piece + 1) - start(piece);
  }
}
