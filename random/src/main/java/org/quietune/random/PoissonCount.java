package org.quietune.random;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * A Poisson count of rational mean, drawn exactly.
 *
 * <p>Guarantee: if the bits are fair and independent, counts are independent and k has probability
 * exactly {@code e^−m mᵏ/k!}. Rational bounds only; exp is enclosed, never evaluated.
 *
 * <p>Preconditions (checked here): 0 &lt; m ≤ 2¹⁰.
 *
 * <p>Cost: a series of some 2m + 20 terms of 100 bits; more bits with probability about 2⁻³⁰ each
 * time. Immutable and thread-safe; a {@link BitSource} is not.
 *
 * <p>Source: inversion of the distribution function with lazily drawn digits. Proof: {@code
 * PoissonCount.proof.md}.
 */
public final class PoissonCount {

  private static final int SPARE_BITS = 64;

  private final BigInteger numerator;
  private final BigInteger denominator;

  private PoissonCount(BigInteger numerator, BigInteger denominator) {
    this.numerator = numerator;
    this.denominator = denominator;
  }

  /**
   * The count of mean m.
   *
   * @throws IllegalArgumentException unless 0 &lt; m ≤ 2¹⁰
   */
  public static PoissonCount of(double m) {
    if (!(m > 0) || !(m <= 1 << 10)) {
      throw new IllegalArgumentException("m must lie in (0, 2^10], got " + m);
    }
    BigDecimal exact = new BigDecimal(m);
    return new PoissonCount(
        exact.scaleByPowerOfTen(exact.scale()).toBigIntegerExact(),
        BigInteger.TEN.pow(exact.scale()));
  }

  /** Draws one count. */
  public int sample(BitSource bits) {
    LazyUniform deviate = new LazyUniform();
    for (int digits = 2; ; digits++) {
      int count = new Series(32 * digits + SPARE_BITS).count(deviate.leading(digits, bits), digits);
      if (count >= 0) {
        return count;
      }
    }
  }

  /** Bounds of the partial sums of e^m and of e^m itself, in units of 2^−precision. */
  private final class Series {
    private final List<BigInteger> lower = new ArrayList<>();
    private final List<BigInteger> upper = new ArrayList<>();
    private final BigInteger top;

    Series(int precision) {
      BigInteger low = BigInteger.ONE.shiftLeft(precision);
      BigInteger high = low;
      BigInteger sumLow = low;
      BigInteger sumHigh = high;
      lower.add(sumLow);
      upper.add(sumHigh);
      BigInteger twice = numerator.shiftLeft(1);
      for (int i = 1; ; i++) {
        BigInteger divisor = denominator.multiply(BigInteger.valueOf(i));
        low = low.multiply(numerator).divide(divisor);
        high = high.multiply(numerator).add(divisor).subtract(BigInteger.ONE).divide(divisor);
        sumLow = sumLow.add(low);
        sumHigh = sumHigh.add(high);
        lower.add(sumLow);
        upper.add(sumHigh);
        // From here on each term is at most half of the one before, so the rest is at most one
        // more.
        if (divisor.compareTo(twice) >= 0 && high.compareTo(BigInteger.ONE) <= 0) {
          top = sumHigh.add(high);
          return;
        }
      }
    }

    /** The count for a deviate in [u, u + 1) units of 2^−32·digits; −1 where that does not tell. */
    int count(BigInteger u, int digits) {
      BigInteger least = u.multiply(lower.get(lower.size() - 1));
      BigInteger most = u.add(BigInteger.ONE).multiply(top);
      int k = 0;
      while (k < lower.size() && lower.get(k).shiftLeft(32 * digits).compareTo(most) < 0) {
        k++;
      }
      boolean decided =
          k < lower.size()
              && (k == 0 || upper.get(k - 1).shiftLeft(32 * digits).compareTo(least) <= 0);
      return decided ? k : -1;
    }
  }
}
