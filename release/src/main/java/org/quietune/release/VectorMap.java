package org.quietune.release;

import java.util.List;

/**
 * Turns private records into vectors, one per record; the door sums those of a unit, clips, and
 * sums over units. The map may depend on public values only, must not keep what it sees, must not
 * throw because of a record's values, and must be safe to call from several threads.
 *
 * <p>A record's vector must depend on that record alone, <em>to the last bit</em>: not on the other
 * records of the call, their number or its place among them. Sensitivity rests on it
 * (docs/theory.md §3.1): otherwise one person more or less would move the vectors of everyone else.
 * Batched matrix products of numerical libraries do not have this property.
 *
 * @param <R> the record type
 */
public interface VectorMap<R> {

  /** Coordinates of a vector. */
  int dimension();

  /**
   * Writes the vector of record {@code i} to {@code out[i·dimension() … (i+1)·dimension())}. Values
   * that are not finite are allowed: they make the unit contribute nothing.
   */
  void map(List<R> records, double[] out);

  /**
   * What the door asks for vectors, for one thread. A map that can write any part of a vector
   * without the rest says so here; others compute whole ones.
   */
  default VectorPieces<R> pieces() {
    return new WholeVectors<>(this);
  }
}
