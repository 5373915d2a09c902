package org.quietune.accounting;

/**
 * The power of tests that tell neighbors apart: what a privacy curve means for membership
 * inference.
 *
 * <p>Definition: a test that says "D" wrongly with probability a (false positive rate) says it
 * rightly with probability at most min over ε ≥ 0 of e^ε a + δ(ε) and 1 − e^−ε (1 − a − δ(ε)).
 *
 * <p>Guarantee: for the relation of the accountant, whatever else the adversary knows.
 *
 * <p>Numerics: rounded up by 2^−40, relatively; the minimum is searched, and every ε is a valid
 * bound. Some 50 questions to the accountant.
 *
 * <p>Source: P. Kairouz, S. Oh, P. Viswanath, ICML 2015, Theorem 2.1; J. Dong, A. Roth, W. J. Su,
 * JRSS-B 84(1), 2022, Proposition 2.12.
 */
public final class TradeOff {

  private static final double GOLDEN = 0.6180339887498949;
  private static final int SEARCH_STEPS = 48;
  private static final double ROUNDING = 0x1p-40;

  private TradeOff() {}

  /**
   * The largest true positive rate at a false positive rate.
   *
   * @param falsePositiveRate strictly between 0 and 1
   */
  public static double truePositiveRate(PrivacyAccountant accountant, double falsePositiveRate) {
    Domain.insideUnitInterval("falsePositiveRate", falsePositiveRate);
    // As a function of e^x, x = ε or −ε, the bound is convex: there is one valley.
    double high = -Math.log(falsePositiveRate);
    double low = Math.log1p(-falsePositiveRate) - 40;
    double left = high - GOLDEN * (high - low);
    double right = low + GOLDEN * (high - low);
    double atLeft = bound(accountant, falsePositiveRate, left);
    double atRight = bound(accountant, falsePositiveRate, right);
    for (int i = 0; i < SEARCH_STEPS; i++) {
      if (atLeft <= atRight) {
        high = right;
        right = left;
        atRight = atLeft;
        left = high - GOLDEN * (high - low);
        atLeft = bound(accountant, falsePositiveRate, left);
      } else {
        low = left;
        left = right;
        atLeft = atRight;
        right = low + GOLDEN * (high - low);
        atRight = bound(accountant, falsePositiveRate, right);
      }
    }
    return Math.min(1, Math.min(atLeft, atRight) * (1 + ROUNDING));
  }

  private static double bound(PrivacyAccountant accountant, double falsePositiveRate, double x) {
    double delta = accountant.delta(Math.abs(x));
    return x >= 0
        ? Math.exp(x) * falsePositiveRate + delta
        : 1 - Math.exp(x) * (1 - falsePositiveRate - delta);
  }
}
