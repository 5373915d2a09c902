package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class MeanOfLastTest {
  @Test
  void earlierPointsDoNotCount() {
    MeanOfLast two = new MeanOfLast(4, 2, 2);
    double[][] path = {{100, 100}, {7, -100}, {1, 2}, {3, 10}};
    for (double[] point : path) {
      assertThrows(IllegalStateException.class, two::mean);
      two.add(point);
    }
    assertArrayEquals(new double[] {2, 6}, two.mean());
  }

  @Test
  void ofOnePointItIsThatPoint() {
    MeanOfLast last = new MeanOfLast(2, 1, 1);
    last.add(new double[] {5});
    last.add(new double[] {0.1});
    assertArrayEquals(new double[] {0.1}, last.mean());
    assertThrows(IllegalArgumentException.class, () -> new MeanOfLast(2, 3, 1));
    assertThrows(IllegalArgumentException.class, () -> new MeanOfLast(2, 0, 1));
  }
}
