package org.quietune.data.generated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PublicDataGeneratorTest {
  /** The JDK's SplittableRandom is the same algorithm: an independent implementation. */
  @Test
  void isSplitMix64() {
    for (long seed : new long[] {0, 1, -7, 0x0123456789ABCDEFL}) {
      SplittableRandom reference = new SplittableRandom(seed);
      PublicDataGenerator generator = new PublicDataGenerator(seed);
      for (int i = 0; i < 1000; i++) {
        assertEquals(reference.nextLong(), generator.nextLong());
      }
    }
  }

  /** A fixed seed: the sample moments lie within five standard errors or the formula is wrong. */
  @Test
  void normalHasItsMoments() {
    PublicDataGenerator generator = new PublicDataGenerator(1);
    int n = 200_000;
    double sum = 0;
    double squares = 0;
    double fourth = 0;
    for (int i = 0; i < n; i++) {
      double x = generator.normal();
      sum += x;
      squares += x * x;
      fourth += x * x * x * x;
    }
    assertEquals(0, sum / n, 5 / Math.sqrt(n));
    assertEquals(1, squares / n, 5 * Math.sqrt(2.0 / n));
    assertEquals(3, fourth / n, 5 * Math.sqrt(96.0 / n));
  }

  @Test
  void belowCoversItsRange() {
    PublicDataGenerator generator = new PublicDataGenerator(2);
    int[] counts = new int[3];
    for (int i = 0; i < 3000; i++) {
      counts[generator.below(3)]++;
    }
    for (int count : counts) {
      assertTrue(Math.abs(count - 1000) < 130, "five standard errors");
    }
  }
}
