package org.quietune.random;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * A coin that shows true with a stated probability, tossed exactly.
 *
 * <p>Guarantee: if the bits are fair and independent, tosses are independent and true with
 * probability exactly p, a double taken as the dyadic rational that it is.
 *
 * <p>Preconditions (checked here): 0 &lt; p &lt; 1.
 *
 * <p>Cost: one word of 32 bits, and another with probability 2⁻³². Immutable and thread-safe; a
 * {@link BitSource} is not.
 *
 * <p>Source: comparison with a lazily drawn uniform deviate. Proof: {@code
 * BernoulliFraction.proof.md}.
 */
public final class BernoulliFraction {

  private final ProperFraction probability;

  private BernoulliFraction(ProperFraction probability) {
    this.probability = probability;
  }

  /**
   * The coin of probability p.
   *
   * @throws IllegalArgumentException unless 0 &lt; p &lt; 1
   */
  public static BernoulliFraction of(double p) {
    if (!(p > 0) || !(p < 1)) {
      throw new IllegalArgumentException("p must lie in (0, 1), got " + p);
    }
    BigDecimal exact = new BigDecimal(p);
    BigInteger denominator = BigInteger.TEN.pow(exact.scale());
    return new BernoulliFraction(new ProperFraction(exact.unscaledValue(), denominator));
  }

  /** Tosses the coin. */
  public boolean sample(BitSource bits) {
    return probability.exceeds(new LazyUniform(), bits);
  }
}
