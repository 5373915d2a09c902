package org.quietune.random;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * The exact probabilities of values or of an event, bracketed by running a sampler on every script
 * of words up to a depth.
 *
 * <p>The words are the multiples of 2^(32 − symbolBits). Samplers that only compare uniform digits
 * with each other, with 1/2, or choose among 2^j ≤ 2^symbolBits values see them as the fair digits
 * of base 2^symbolBits, so the masses are those of the true law. All masses are dyadic with at most
 * 52 bits and are summed exactly in doubles.
 */
record ExactMass(Map<Long, Double> masses, double undecided) {

  /** The masses of the values that a sampler returns. */
  static ExactMass ofValues(int symbolBits, int depth, ToLongFunction<BitSource> sampler) {
    Map<Long, Double> masses = new HashMap<>();
    explore(new int[depth], 0, symbolBits, sampler, masses);
    double decided = masses.values().stream().mapToDouble(Double::doubleValue).sum();
    return new ExactMass(masses, 1 - decided);
  }

  /** The masses of an event: value 1 where it holds, 0 where it fails. */
  static ExactMass of(int symbolBits, int depth, Predicate<BitSource> event) {
    return ofValues(symbolBits, depth, bits -> event.test(bits) ? 1 : 0);
  }

  private static void explore(
      int[] words,
      int length,
      int symbolBits,
      ToLongFunction<BitSource> sampler,
      Map<Long, Double> masses) {
    long value;
    try {
      value = sampler.applyAsLong(new ScriptedBits(words, length));
    } catch (ScriptedBits.Exhausted e) {
      if (length < words.length) {
        for (int symbol = 0; symbol < 1 << symbolBits; symbol++) {
          words[length] = symbol << (32 - symbolBits);
          explore(words, length + 1, symbolBits, sampler, masses);
        }
      }
      return;
    }
    masses.merge(value, Math.scalb(1.0, -symbolBits * length), Double::sum);
  }

  double of(long value) {
    return masses.getOrDefault(value, 0.0);
  }

  double holds() {
    return of(1);
  }

  double fails() {
    return of(0);
  }

  /** Whether the event may have this probability, given the masses decided so far. */
  boolean allows(double probability) {
    return allows(1, probability);
  }

  /** Whether the value may have this probability, given the masses decided so far. */
  boolean allows(long value, double probability) {
    return of(value) <= probability && probability <= of(value) + undecided;
  }
}
