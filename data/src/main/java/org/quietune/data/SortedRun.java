package org.quietune.data;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/** Records in the order of their units' names. */
interface SortedRun extends AutoCloseable {

  /**
   * A record on its way.
   *
   * @param unit the unit's name in UTF-8
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared as a whole, and handed on at once
  record Entry(byte[] unit, float[] features, double label) {
    /** What stands before the first record. */
    static final Entry NONE = new Entry(new byte[0], new float[0], 0);

    static final Comparator<Entry> BY_UNIT = (a, b) -> Arrays.compareUnsigned(a.unit, b.unit);

    /** What the objects of an entry take besides its values, in bytes. */
    private static final int OVERHEAD = 80;

    /** Bytes of memory. */
    long bytes() {
      return bytes(unit.length, features.length);
    }

    static long bytes(int unitBytes, int width) {
      return OVERHEAD + unitBytes + (long) width * Float.BYTES;
    }
  }

  /** Moves to the next record; false at the end. */
  boolean advance() throws IOException;

  /** The current record. */
  Entry entry();

  @Override
  void close() throws IOException;

  /** A run of records in memory. */
  static SortedRun of(List<Entry> sorted) {
    return new SortedRun() {
      private final Iterator<Entry> rest = sorted.iterator();
      private Entry current = Entry.NONE;

      @Override
      public boolean advance() {
        if (!rest.hasNext()) {
          return false;
        }
        current = rest.next();
        return true;
      }

      @Override
      public Entry entry() {
        return current;
      }

      @Override
      public void close() {}
    };
  }
}
