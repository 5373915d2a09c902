package org.quietune.random;

import java.math.BigInteger;

/**
 * A coin that shows true with probability exp(−r), r rational, tossed exactly.
 *
 * <p>Guarantee: if the bits are fair and independent, tosses are independent and true with
 * probability exactly exp(−r). Integers and digit comparisons only; exp is never evaluated.
 *
 * <p>Preconditions (checked here): 0 ≤ r &lt; 2⁶³.
 *
 * <p>Cost: at most ⌊r⌋ + 1 runs of uniform digits, 1.6 on average for large r, each of at most e
 * deviates on average. The number of bits drawn depends on the outcome. Immutable and thread-safe;
 * a {@link BitSource} is not.
 *
 * <p>Source: von Neumann (1951) and Forsythe (1972), as in C. Canonne, G. Kamath and T. Steinke,
 * "The discrete Gaussian for differential privacy", 2020, Algorithm 1, with the uniform deviates
 * compared by lazily drawn digits. Proof: {@code BernoulliExp.proof.md}.
 */
public final class BernoulliExp {

  private final long whole;
  private final ProperFraction rest;

  private BernoulliExp(long whole, ProperFraction rest) {
    this.whole = whole;
    this.rest = rest;
  }

  /**
   * The coin for r = numerator / denominator.
   *
   * @throws IllegalArgumentException if numerator is negative, denominator is not positive, or r is
   *     2⁶³ or more
   */
  public static BernoulliExp of(BigInteger numerator, BigInteger denominator) {
    if (numerator.signum() < 0
        || denominator.signum() <= 0
        || numerator.compareTo(denominator.shiftLeft(Long.SIZE - 1)) >= 0) {
      throw new IllegalArgumentException(
          "r must be in [0, 2^63), got " + numerator + "/" + denominator);
    }
    BigInteger[] parts = numerator.divideAndRemainder(denominator);
    return new BernoulliExp(parts[0].longValueExact(), new ProperFraction(parts[1], denominator));
  }

  /** Tosses the coin. */
  public boolean sample(BitSource bits) {
    DescendingRun run = new DescendingRun();
    for (long trial = 0; trial < whole; trial++) {
      if (!run.isEvenFromOne(bits)) {
        return false;
      }
    }
    return run.isEvenFrom(rest, bits);
  }
}
