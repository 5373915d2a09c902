package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.quietune.release.PrivateRecords;

class ExampleStoreTest {
  private static List<String> read(ExampleStore store) {
    List<String> read = new ArrayList<>();
    try (PrivateRecords.Cursor<Example> cursor = store.read()) {
      while (cursor.advance()) {
        Example example = cursor.record();
        read.add(cursor.startsUnit() + " " + example.hashCode() + " " + example.label());
      }
    }
    return read;
  }

  @Test
  void givesBackWhatItWasGivenAsOftenAsAsked() {
    SplittableRandom random = new SplittableRandom(1);
    List<String> written = new ArrayList<>();
    try (ExampleStore store = new ExampleStore(3)) {
      assertThrows(
          IllegalStateException.class, () -> store.add(new Example(new float[3], 0), true));
      for (int pass = 0; pass < 2; pass++) {
        store.clear();
        written.clear();
        for (int i = 0; i < 5000; i++) {
          float[] features = {(float) random.nextDouble(), Float.NaN, Float.NEGATIVE_INFINITY};
          Example example = new Example(features, i % 7);
          boolean startsUnit = i % 3 == 0;
          store.add(example, startsUnit);
          written.add(startsUnit + " " + example.hashCode() + " " + example.label());
        }
        assertEquals(written, read(store));
        assertEquals(written, read(store));
      }
    }
  }

  @Test
  void anEmptyStoreIsEmpty() {
    try (ExampleStore store = new ExampleStore(2)) {
      store.clear();
      try (PrivateRecords.Cursor<Example> cursor = store.read()) {
        assertFalse(cursor.advance());
      }
      store.clear();
      assertTrue(read(store).isEmpty());
    }
  }
}
