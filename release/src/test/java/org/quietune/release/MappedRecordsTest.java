package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MappedRecordsTest {

  /** A store in memory, with its units. */
  private static final class ListStore implements PrivateRecords.Store<String> {
    private final List<String> records = new ArrayList<>();
    private final List<Boolean> starts = new ArrayList<>();

    @Override
    public void clear() {
      records.clear();
      starts.clear();
    }

    @Override
    public void add(String record, boolean startsUnit) {
      records.add(record);
      starts.add(startsUnit);
    }

    @Override
    public PrivateRecords.Cursor<String> read() {
      return new PrivateRecords.Cursor<>() {
        private int at = -1;

        @Override
        public boolean advance() {
          return ++at < records.size();
        }

        @Override
        public String record() {
          return records.get(at);
        }

        @Override
        public boolean startsUnit() {
          return starts.get(at);
        }

        @Override
        public void close() {}
      };
    }
  }

  @Test
  void eachRecordIsMappedOnceAndUnitsStay() {
    List<Integer> seen = new ArrayList<>();
    PrivateRecords.Source<Integer> numbers =
        () ->
            new PrivateRecords.Cursor<>() {
              private int at = -1;

              @Override
              public boolean advance() {
                return ++at < 6;
              }

              @Override
              public Integer record() {
                return at;
              }

              @Override
              public boolean startsUnit() {
                return at % 2 == 0;
              }

              @Override
              public void close() {}
            };
    PrivateRecords<String> mapped =
        PrivateRecords.seal(numbers, "ward")
            .mapped(
                number -> {
                  seen.add(number);
                  return "n" + number;
                },
                new ListStore());
    assertEquals("ward", mapped.privacyUnit());
    assertEquals(List.of(), seen, "nothing is read before a pass");
    for (int pass = 0; pass < 2; pass++) {
      List<String> read = new ArrayList<>();
      try (PrivateRecords.Cursor<String> cursor = mapped.source().open()) {
        while (cursor.advance()) {
          read.add(cursor.record() + cursor.startsUnit());
        }
      }
      assertEquals(List.of("n0true", "n1false", "n2true", "n3false", "n4true", "n5false"), read);
    }
    assertEquals(List.of(0, 1, 2, 3, 4, 5), seen);
  }
}
