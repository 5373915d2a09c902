package org.quietune.random;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BinomialTailTest {

  @Test
  void agreesWithCountsByHand() {
    assertEquals(2 * 1 / 1024.0, BinomialTail.twoSided(10, 10, 0.5), 1e-12);
    assertEquals(2 * 11 / 1024.0, BinomialTail.twoSided(1, 10, 0.5), 1e-12);
    assertEquals(1, BinomialTail.twoSided(5, 10, 0.5), 1e-12);
    assertEquals(2 * Math.pow(0.999, 1000), BinomialTail.twoSided(0, 1000, 0.001), 1e-9);
  }

  /** SciPy 1.17: {@code 2 * binom.sf(500599, n, 0.5)} and {@code 2 * binom.cdf(3, n, 2e-5)}. */
  @Test
  void agreesWithScipy() {
    assertEquals(0.23052792860371188, BinomialTail.twoSided(500_600, 1_000_000, 0.5), 1e-8);
    assertEquals(6.406505226027109e-06, BinomialTail.twoSided(3, 1_000_000, 2e-5), 1e-13);
  }
}
