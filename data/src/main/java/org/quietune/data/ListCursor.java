package org.quietune.data;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.quietune.release.PrivateRecords;

/** A pass over records in memory, each a unit of its own. */
final class ListCursor implements PrivateRecords.Cursor<Example> {
  private final Iterator<Example> records;
  private @Nullable Example current;

  ListCursor(Iterator<Example> records) {
    this.records = records;
  }

  @Override
  public boolean advance() {
    current = records.hasNext() ? records.next() : null;
    return current != null;
  }

  @Override
  public Example record() {
    Example record = current;
    if (record == null) {
      throw new IllegalStateException("the cursor is not on a record");
    }
    return record;
  }

  @Override
  public boolean startsUnit() {
    return true;
  }

  @Override
  public void close() {}
}
