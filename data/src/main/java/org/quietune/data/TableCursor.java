package org.quietune.data;

import org.jspecify.annotations.Nullable;
import org.quietune.release.PrivateRecords;

/** A pass over a checked file. */
final class TableCursor implements PrivateRecords.Cursor<Example> {
  private final RowReader reader;
  private @Nullable Example current;
  private @Nullable String unit;
  private boolean startsUnit;

  /**
   * Takes over the reader.
   *
   * @param reader gives the rows of one unit together; where it gives no unit, each row is one
   */
  TableCursor(RowReader reader) {
    this.reader = reader;
  }

  @Override
  public boolean advance() {
    if (!reader.advance()) {
      current = null;
      return false;
    }
    String next = reader.unit();
    startsUnit = next == null || !next.equals(unit);
    unit = next;
    current = new Example(reader.features(), reader.label());
    return true;
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
    return startsUnit;
  }

  @Override
  public void close() {
    reader.close();
  }
}
