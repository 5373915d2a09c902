package org.quietune.experiments.mnist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PublicOrderTest {
  @Test
  void isTheOrderOfTheJdk() {
    for (int size : new int[] {0, 1, 2, 3, 64, 1000, 60_000}) {
      int[] values = IntStream.range(5, 5 + size).toArray();
      for (long seed : new long[] {1, -7, Long.MAX_VALUE}) {
        List<Integer> expected = new ArrayList<>(IntStream.of(values).boxed().toList());
        Collections.shuffle(expected, new Random(seed));
        assertArrayEquals(
            expected.stream().mapToInt(i -> i).toArray(), PublicOrder.of(values, seed));
      }
    }
  }
}
