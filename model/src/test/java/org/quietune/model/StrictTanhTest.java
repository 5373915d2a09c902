package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StrictTanhTest {
  private static double[] arguments() {
    SplittableRandom random = new SplittableRandom(1);
    double[] x = new double[200_003];
    for (int j = 0; j < x.length; j++) {
      double size = StrictMath.pow(10, 10 * random.nextDouble() - 8);
      x[j] = random.nextBoolean() ? size : -size;
    }
    return x;
  }

  /** fdlibm's is within one unit in the last place of the true value. */
  @Test
  void agreesWithFdlibm() {
    for (double x : arguments()) {
      double expected = StrictMath.tanh(x);
      assertEquals(expected, StrictTanh.tanh(x), 11 * Math.ulp(expected), () -> "at " + x);
    }
  }

  @Test
  void anArrayHasTheBitsOfItsEntries() {
    double[] x = arguments();
    double[] expected = new double[x.length];
    for (int j = 0; j < x.length; j++) {
      expected[j] = StrictTanh.tanh(x[j]);
    }
    double[] together = new double[x.length];
    for (int again = 0; again < 20; again++) {
      StrictTanh.tanh(x, together, x.length);
      assertArrayEquals(expected, together, 0.0);
    }
  }

  @Test
  void edges() {
    assertEquals(Double.NaN, StrictTanh.tanh(Double.NaN));
    assertEquals(1, StrictTanh.tanh(Double.POSITIVE_INFINITY));
    assertEquals(-1, StrictTanh.tanh(Double.NEGATIVE_INFINITY));
    assertEquals(1, StrictTanh.tanh(1e300));
    assertEquals(-1, StrictTanh.tanh(-20.5));
    assertEquals(0, StrictTanh.tanh(0));
    assertEquals(0.0, StrictTanh.tanh(-0.0), 0.0);
    assertEquals(1e-300, StrictTanh.tanh(1e-300), 1e-315);
    assertEquals(Double.MIN_VALUE, StrictTanh.tanh(Double.MIN_VALUE), Double.MIN_VALUE);
  }
}
