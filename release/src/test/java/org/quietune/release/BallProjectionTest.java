package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BallProjectionTest {
  private static final long MOST = 1L << 61;

  @Property(tries = 1000)
  void nothingLeavesTheBallAndTheInsideStays(
      @ForAll @Size(min = 1, max = 20) long[] any,
      @ForAll @LongRange(min = 1, max = 1L << 59) long r) {
    long[] vector = new long[any.length];
    for (int j = 0; j < any.length; j++) {
      vector[j] = any[j] % MOST;
    }
    long[] projected = new BallProjection(r).project(vector);
    BigInteger radius = BigInteger.valueOf(r);
    assertTrue(squaredNorm(projected).compareTo(radius.pow(2)) <= 0);
    if (squaredNorm(vector).compareTo(radius.pow(2)) <= 0) {
      assertArrayEquals(vector, projected);
    }
  }

  @Test
  void truncatesTowardZero() {
    // 5·(−7, 24)/25 = (−1.4, 4.8).
    assertArrayEquals(new long[] {-1, 4}, new BallProjection(5).project(new long[] {-7, 24}));
    assertArrayEquals(new long[] {-3, 4}, new BallProjection(5).project(new long[] {-3, 4}));
    assertArrayEquals(new long[] {-3, 4}, new BallProjection(5).project(new long[] {-300, 400}));
  }

  @Test
  void slackIsTheCeilingOfTheRoot() {
    for (int k = 1; k < 3000; k++) {
      assertEquals((long) Math.ceil(Math.sqrt(k)), BallProjection.truncationSlack(k));
    }
  }

  /** Neighbors stay within Δ + √k of each other; Δ alone, a broken charge, is not enough. */
  @Test
  void truncationWidensDistancesAndByNoMoreThanItsSlack() {
    SplittableRandom random = new SplittableRandom(3);
    boolean passedSensitivity = false;
    for (int t = 0; t < 100_000; t++) {
      int k = random.nextInt(1, 5);
      long r = random.nextLong(1, 12);
      long[] one = new long[k];
      long[] other = new long[k];
      long squared = 0;
      for (int j = 0; j < k; j++) {
        one[j] = random.nextLong(-20, 21);
        long difference = random.nextLong(-2, 3);
        other[j] = one[j] + difference;
        squared += difference * difference;
      }
      BallProjection projection = new BallProjection(r);
      long[] a = projection.project(one);
      long[] b = projection.project(other);
      double distance = 0;
      for (int j = 0; j < k; j++) {
        distance += (a[j] - b[j]) * (a[j] - b[j]);
      }
      distance = Math.sqrt(distance);
      passedSensitivity |= distance > Math.sqrt((double) squared) + 1e-9;
      assertTrue(distance <= Math.sqrt((double) squared) + Math.sqrt(k) + 1e-9);
    }
    assertTrue(passedSensitivity);
  }

  private static BigInteger squaredNorm(long[] vector) {
    BigInteger squared = BigInteger.ZERO;
    for (long v : vector) {
      squared = squared.add(BigInteger.valueOf(v).pow(2));
    }
    return squared;
  }
}
