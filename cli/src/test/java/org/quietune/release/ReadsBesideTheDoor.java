package org.quietune.release;

/** Reads private records without the sum, on purpose: ArchitectureTest has to report each call. */
public final class ReadsBesideTheDoor {
  private ReadsBesideTheDoor() {}

  public static <R> int count(PrivateRecords<R> records) {
    int count = 0;
    try (PrivateRecords.Cursor<R> cursor = records.source().open()) {
      while (cursor.advance()) {
        count += cursor.startsUnit() ? 1 : 0;
      }
    }
    return count;
  }
}
