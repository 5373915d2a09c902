package org.quietune.accounting;

/**
 * The curve δ(x) of a composition, bounded from above, as read off the convolution of its tilted
 * laws on a window of the lattice.
 *
 * <p>With c_j the tilted masses, K the log of the product of moments and λ the tilt,
 *
 * <p>δ(x) ≤ e^K Σ_{l_j &gt; x} c_j e^(−λ l_j) (1 − e^(x − l_j)) + rest,
 *
 * <p>where the rest holds losses that count as infinite and losses beyond the window. The sum is
 * built from the top, by additions of positive terms alone, in units of e^(K − λ l_j) at index j;
 * so nothing cancels, overflows or underflows.
 */
final class ComposedLaw {

  private static final double ROUNDING = 0x1p-28;

  private final long first;
  private final double spacing;
  private final double tilt;
  private final double logMoment;
  private final double logRest;
  private final double displacement;

  /** The sums at every lattice point of the window, in the units above. */
  private final double[] sums;

  /**
   * @param first index of the window's first point
   * @param circle upper bounds of the tilted masses by index modulo the size
   * @param displacement how much larger the losses may be than their places say
   */
  ComposedLaw(
      long first,
      double spacing,
      double tilt,
      double logMoment,
      double logRest,
      double displacement,
      double[] circle) {
    this.first = first;
    this.spacing = spacing;
    this.tilt = tilt;
    this.logMoment = logMoment;
    this.logRest = logRest;
    this.displacement = displacement;
    this.sums = sums(first, spacing, tilt, circle);
  }

  private static double[] sums(long first, double spacing, double tilt, double[] circle) {
    double[] sums = new double[circle.length];
    double oneMinusR = -Math.expm1(-spacing);
    double rho = Math.exp(-tilt * spacing);
    double rhoR = Math.exp(-(tilt + 1) * spacing);
    double discounted = 0;
    double sum = 0;
    for (int i = circle.length - 1; i > 0; i--) {
      double mass = circle[Math.floorMod(first + i, circle.length)];
      sums[i] = sum;
      sum = rho * (sum + oneMinusR * (discounted + mass));
      discounted = rhoR * (discounted + mass);
    }
    sums[0] = sum;
    return sums;
  }

  private double place(int i) {
    return (first + i) * spacing;
  }

  /** Log of the sum at lattice point i, in absolute units. */
  private double logSum(int i) {
    double logTilt = tilt * place(i);
    double rounding = ROUNDING * (1 + 0x1p-20 * (Math.abs(logMoment) + Math.abs(logTilt)));
    return Math.log(sums[i]) + (logMoment - logTilt) + rounding;
  }

  /** log δ(x), rounded up. */
  double logDelta(double x) {
    double reached = x - displacement;
    double position = Math.floor(reached / spacing) - first;
    if (position < 0) {
      return 0;
    }
    if (position >= sums.length - 1) {
      return Math.min(0, logRest);
    }
    int i = (int) position;
    double share = Math.expm1(reached - place(i)) / Math.expm1(spacing);
    double share01 = Math.min(1, Math.max(0, share - 0x1p-40));
    double between =
        LogSpace.sum(logSum(i) + Math.log1p(-share01), logSum(i + 1) + Math.log(share01));
    return Math.min(0, LogSpace.sum(between, logRest));
  }

  /** The smallest x ≥ 0 of the bounded curve at which δ(x) ≤ e^logDelta, rounded up. */
  double epsilon(double logDelta) {
    if (logRest >= logDelta) {
      return Double.POSITIVE_INFINITY;
    }
    if (logDelta(0) <= logDelta) {
      return 0;
    }
    double fails = 0;
    double holds = place(sums.length - 1) + 2 * displacement + spacing;
    if (!(logDelta(holds) <= logDelta)) {
      return Double.POSITIVE_INFINITY;
    }
    while (true) {
      double middle = (fails + holds) / 2;
      if (!(fails < middle && middle < holds)) {
        return holds;
      }
      if (logDelta(middle) <= logDelta) {
        holds = middle;
      } else {
        fails = middle;
      }
    }
  }
}
