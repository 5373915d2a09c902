package org.quietune.random;

import java.util.function.Predicate;

/**
 * The exact probability of an event, bracketed by running a sampler on every script of words up to
 * a depth.
 *
 * <p>The words are the multiples of 2^(32 − symbolBits). Samplers that only compare uniform digits
 * with each other, with 1/2, or choose among 2^j ≤ 2^symbolBits values see them as the fair digits
 * of base 2^symbolBits, so the masses are those of the true law. All masses are dyadic with at most
 * 52 bits and are summed exactly in doubles.
 */
record ExactMass(double holds, double fails) {

  static ExactMass of(int symbolBits, int depth, Predicate<BitSource> event) {
    double[] mass = new double[2];
    explore(new int[depth], 0, symbolBits, event, mass);
    return new ExactMass(mass[1], mass[0]);
  }

  private static void explore(
      int[] words, int length, int symbolBits, Predicate<BitSource> event, double[] mass) {
    boolean holds;
    try {
      holds = event.test(new ScriptedBits(words, length));
    } catch (ScriptedBits.Exhausted e) {
      if (length < words.length) {
        for (int symbol = 0; symbol < 1 << symbolBits; symbol++) {
          words[length] = symbol << (32 - symbolBits);
          explore(words, length + 1, symbolBits, event, mass);
        }
      }
      return;
    }
    mass[holds ? 1 : 0] += Math.scalb(1.0, -symbolBits * length);
  }

  double undecided() {
    return 1 - holds - fails;
  }

  /** Whether a probability is compatible with the masses decided so far. */
  boolean allows(double probability) {
    return holds <= probability && probability <= 1 - fails;
  }
}
