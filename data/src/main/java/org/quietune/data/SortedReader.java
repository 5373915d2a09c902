package org.quietune.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.quietune.data.SortedRun.Entry;

/** The records that a sort by unit gives back. */
final class SortedReader implements RowReader {
  private final UnitSort sort;
  private final SortedRun records;
  private Entry current = Entry.NONE;
  private String unit = "";

  /** Takes over the sort and its result. */
  SortedReader(UnitSort sort, SortedRun records) {
    this.sort = sort;
    this.records = records;
  }

  @Override
  public boolean advance() {
    try {
      if (!records.advance()) {
        return false;
      }
      Entry next = records.entry();
      if (!Arrays.equals(next.unit(), current.unit())) {
        unit = new String(next.unit(), StandardCharsets.UTF_8);
      }
      current = next;
      return true;
    } catch (IOException e) {
      throw UnitSort.failed(e);
    }
  }

  @Override
  public float[] features() {
    return current.features();
  }

  @Override
  public double label() {
    return current.label();
  }

  @Override
  public String unit() {
    return unit;
  }

  /** Not for sorted records: their places in the file are gone. */
  @Override
  public void requireValid(LabelDomain labels) {
    throw new IllegalStateException("sorted records cannot be checked");
  }

  @Override
  public void close() {
    try {
      records.close();
    } catch (IOException e) {
      throw UnitSort.failed(e);
    } finally {
      sort.close();
    }
  }
}
