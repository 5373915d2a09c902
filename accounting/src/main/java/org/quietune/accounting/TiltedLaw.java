package org.quietune.accounting;

/**
 * The privacy loss of one release on the lattice of multiples of a spacing, tilted: mass m at index
 * i stands for the mass m M e^(−tilt · loss) under P, where M is such that the m add up to one.
 *
 * <p>Each cell's masses under P and Q are both moved to its two ends, which determines the shares
 * (connect the dots). The pair on the lattice dominates the one given: its curve is that of the
 * pair at every lattice point, and the chord, as a function of e^x, between. What lies below the
 * first point is moved up to it, what lies above the last is counted as an infinite loss.
 *
 * <p>Numerics: masses are rounded up, by 2^−48 (16 + |log mass| + …), and shares of the left end
 * down.
 *
 * <p>Source: V. Doroshenko, B. Ghazi, P. Kamath, R. Kumar, P. Manurangsi, "Connect the dots:
 * tighter discrete approximations of privacy loss distributions", PETS 2022, Algorithm 1.
 */
final class TiltedLaw {

  private static final double ROUNDING = 0x1p-48;

  private final double spacing;
  private final long first;
  private final double[] masses;
  private final double logMoment;
  private final double logInfinite;

  private TiltedLaw(
      double spacing, long first, double[] masses, double logMoment, double logInfinite) {
    this.spacing = spacing;
    this.first = first;
    this.masses = masses;
    this.logMoment = logMoment;
    this.logInfinite = logInfinite;
  }

  /** The law of {@code pair} between two losses, to the next multiples of {@code spacing}. */
  static TiltedLaw of(DominatingPair pair, double tilt, double spacing, double low, double high) {
    long first = (long) Math.floor(low / spacing);
    int size = (int) ((long) Math.ceil(high / spacing) - first) + 1;
    double[] logMasses = new double[size];
    double[] leftShares = new double[size];
    logMasses[0] = pair.between(Double.NEGATIVE_INFINITY, first * spacing).p();
    double shift = logMasses[0] + tilt * first * spacing;
    for (int i = 1; i < size; i++) {
      double end = (first + i) * spacing;
      DominatingPair.LogMasses cell = pair.between((first + i - 1) * spacing, end);
      logMasses[i] = cell.p();
      leftShares[i] = leftShare(cell, end, spacing);
      shift = Math.max(shift, cell.p() + tilt * end);
    }
    double[] masses = new double[size];
    double toLeft = Math.exp(-tilt * spacing);
    for (int i = 0; i < size; i++) {
      double logTilt = tilt * (first + i) * spacing;
      double rounding =
          ROUNDING * (16 + Math.abs(logMasses[i]) + Math.abs(logTilt) + Math.abs(shift));
      double mass = Math.exp(logMasses[i] + logTilt - shift);
      if (mass > 0) {
        mass += mass * rounding;
        masses[i] += mass * (1 - leftShares[i]);
        if (i > 0) {
          masses[i - 1] += mass * leftShares[i] * toLeft;
        }
      }
    }
    double total = 0;
    for (double mass : masses) {
      total += mass;
    }
    for (int i = 0; i < size; i++) {
      masses[i] /= total;
    }
    double logMoment = Math.log(total) + shift;
    double logInfinite =
        pair.between((first + size - 1) * spacing, Double.POSITIVE_INFINITY).p() + ROUNDING * 1024;
    return new TiltedLaw(spacing, first, masses, logMoment, logInfinite);
  }

  /**
   * The share a of a cell's mass under P that goes to the left end: with x the right end and h the
   * spacing, Q/P = e^−x (a e^h + 1 − a).
   */
  private static double leftShare(DominatingPair.LogMasses cell, double end, double spacing) {
    if (cell.p() == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    double exponent = cell.q() - cell.p() + end;
    double rounding = ROUNDING * (16 + Math.abs(cell.p()) + Math.abs(cell.q()) + Math.abs(end));
    double share = Math.expm1(exponent - rounding) / Math.expm1(spacing);
    return Math.min(1, Math.max(0, share));
  }

  long first() {
    return first;
  }

  double[] masses() {
    return masses;
  }

  /** log M, where M = E e^(tilt · loss) under P, up to what was cut off. */
  double logMoment() {
    return logMoment;
  }

  /** The log of the mass of losses above the last lattice point. */
  double logInfinite() {
    return logInfinite;
  }

  double mean() {
    double sum = 0;
    for (int i = 0; i < masses.length; i++) {
      sum += masses[i] * i;
    }
    return (first + sum) * spacing;
  }

  /** Variance of the loss under the tilted law. */
  double variance() {
    double mean = mean() / spacing - first;
    double sum = 0;
    for (int i = 0; i < masses.length; i++) {
      sum += masses[i] * (i - mean) * (i - mean);
    }
    return sum * spacing * spacing;
  }

  /** log E e^(more · loss) under the tilted law, rounded up. */
  double logMoment(double more) {
    double center = mean();
    double sum = 0;
    for (int i = 0; i < masses.length; i++) {
      if (masses[i] > 0) {
        sum += masses[i] * Math.exp(more * ((first + i) * spacing - center));
      }
    }
    double result = Math.log(sum) + more * center;
    return result + ROUNDING * (1 + Math.abs(more * center));
  }
}
