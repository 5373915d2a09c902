package org.quietune.accounting;

import java.util.ArrayList;
import java.util.List;

/**
 * Composes dominating pairs for one question: chooses the lattice and the window, then convolves.
 *
 * <p>The answer is an upper bound whatever is chosen here; the choices decide how close it is.
 *
 * <ul>
 *   <li><b>Spacing h.</b> Connecting the dots raises log δ by about n h² (λ(λ + 1) + 1/v) / 12 for
 *       n releases with tilt λ and variance v of the total loss; h is such that this is at most
 *       {@link #GOOD_ACCURACY}, if memory allows.
 *   <li><b>Window.</b> Chernoff bounds under the tilted law leave out a mass of e^−{@link #TAIL} on
 *       each side. Mass to the left or right of it that the circle folds back into it only adds.
 *   <li><b>Cuts.</b> Losses that are rare even among {@code e^logDelta} count as infinite.
 * </ul>
 */
final class LossComposition {

  /** Relative errors of δ by the lattice that are good enough, and that are aimed at. */
  private static final double GOOD_ACCURACY = 1e-4;

  private static final double BEST_ACCURACY = 1e-8;

  private static final double TAIL = 34;
  private static final int COARSE_CELLS = 1 << 12;

  /** A lattice that costs little: accuracy is good with it or better. */
  private static final int CHEAP_CELLS = 1 << 16;

  /** Bounds memory: some 70 bytes each. */
  private static final int MOST_CELLS = 1 << 20;

  private static final int REFINEMENTS = 8;

  /** A spread this small, relative to the largest loss, need not be resolved. */
  private static final double NEGLIGIBLE_DEVIATION = 1e-7;

  /** Beyond this distance above the loss asked for, a loss may as well be infinite. */
  private static final double AS_GOOD_AS_INFINITE = 45;

  private final List<Part> parts;
  private final double tilt;
  private final double releases;
  private final double[] lows;
  private final double[] highs;

  /**
   * Equal releases.
   *
   * @param count positive
   */
  record Part(DominatingPair pair, long count) {}

  private LossComposition(List<Part> parts, double tilt, double logDelta, double loss) {
    this.parts = parts;
    this.tilt = tilt;
    this.releases = parts.stream().mapToDouble(Part::count).sum();
    this.lows = new double[parts.size()];
    this.highs = new double[parts.size()];
    double least = 0;
    for (int i = 0; i < lows.length; i++) {
      lows[i] = lowCut(parts.get(i).pair(), -TAIL - 11 - Math.log(releases));
      least += parts.get(i).count() * Math.min(0, lows[i]);
    }
    for (int i = 0; i < highs.length; i++) {
      double cut = highCut(parts.get(i).pair(), logDelta - 30 - Math.log(releases));
      highs[i] = Math.max(Math.min(cut, loss + AS_GOOD_AS_INFINITE - least), lows[i]);
    }
  }

  /**
   * The curve of a composition.
   *
   * @param tilt near which order minus one the Chernoff bound of the question is least; nonnegative
   * @param logDelta about the log of the δ in question
   * @param loss about the ε in question
   */
  static ComposedLaw compose(List<Part> parts, double tilt, double logDelta, double loss) {
    return new LossComposition(parts, tilt, logDelta, loss).compose();
  }

  /** The largest loss below which less than e^logMass of P lies. */
  private static double lowCut(DominatingPair pair, double logMass) {
    double negative =
        -Bisection.firstThatHolds(
            size -> pair.between(Double.NEGATIVE_INFINITY, -size).p() <= logMass);
    return negative < 0
        ? negative
        : Math.nextDown(
            Bisection.firstThatHolds(
                x -> !(pair.between(Double.NEGATIVE_INFINITY, x).p() <= logMass)));
  }

  /** The smallest nonnegative loss above which less than e^logMass of P lies. */
  private static double highCut(DominatingPair pair, double logMass) {
    return Bisection.firstThatHolds(x -> pair.between(x, Double.POSITIVE_INFINITY).p() <= logMass);
  }

  private ComposedLaw compose() {
    double spacing = widest() / COARSE_CELLS;
    List<TiltedLaw> laws = laws(spacing);
    for (int i = 0; i < REFINEMENTS; i++) {
      raiseLows(laws);
      double aim = spacingFor(laws);
      if (spacing <= aim) {
        break;
      }
      spacing = aim / 1.1;
      laws = laws(spacing);
    }
    double low = windowEnd(laws, -1);
    double high = windowEnd(laws, 1);
    if (high - low > spacing * (MOST_CELLS - 2)) {
      spacing = (high - low) / (MOST_CELLS - 2);
      laws = laws(spacing);
    }
    return convolve(laws, spacing, low, high);
  }

  private double widest() {
    double width = 0;
    for (int i = 0; i < lows.length; i++) {
      width = Math.max(width, highs[i] - lows[i]);
    }
    return width;
  }

  private List<TiltedLaw> laws(double spacing) {
    List<TiltedLaw> laws = new ArrayList<>();
    for (int i = 0; i < lows.length; i++) {
      laws.add(TiltedLaw.of(parts.get(i).pair(), tilt, spacing, lows[i], highs[i]));
    }
    return laws;
  }

  /** Moves up the low ends while what piles up there is negligible under the tilted law. */
  private void raiseLows(List<TiltedLaw> laws) {
    for (int i = 0; i < lows.length; i++) {
      DominatingPair pair = parts.get(i).pair();
      double limit = laws.get(i).logMoment() - TAIL - Math.log(releases);
      double high = highs[i];
      for (int halving = 0; halving < 12; halving++) {
        double middle = lows[i] + (high - lows[i]) / 2;
        if (pair.between(Double.NEGATIVE_INFINITY, middle).p() + tilt * middle <= limit) {
          lows[i] = middle;
        } else {
          high = middle;
        }
      }
    }
  }

  /** Variance of the total loss under the tilted laws, kept away from zero. */
  private double variance(List<TiltedLaw> laws) {
    double variance = 0;
    for (int i = 0; i < laws.size(); i++) {
      variance += parts.get(i).count() * laws.get(i).variance();
      double negligible = NEGLIGIBLE_DEVIATION * Math.max(Math.abs(lows[i]), Math.abs(highs[i]));
      variance = Math.max(variance, negligible * negligible);
    }
    return variance;
  }

  private double spacingFor(List<TiltedLaw> laws) {
    double variance = variance(laws);
    double curvature = releases * (tilt * (tilt + 1) + 1 / variance);
    double good = Math.sqrt(12 * GOOD_ACCURACY / curvature);
    double best = Math.sqrt(12 * BEST_ACCURACY / curvature);
    double width = Math.max(widest(), windowEnd(laws, 1) - windowEnd(laws, -1));
    double cheap = Math.max(best, width / CHEAP_CELLS);
    return Math.max(Math.min(good, cheap), width / MOST_CELLS);
  }

  /** The end of the window on one side, by the best of some Chernoff bounds. */
  private double windowEnd(List<TiltedLaw> laws, int side) {
    double deviation = Math.sqrt(variance(laws));
    double end = Double.POSITIVE_INFINITY;
    for (double factor = 0x1p-5; factor <= 16; factor *= 1.5) {
      double more = factor / deviation;
      end = Math.min(end, (logMoment(laws, side * more) + TAIL) / more);
    }
    return side * end;
  }

  /** log E e^(more · total loss) under the tilted laws. */
  private double logMoment(List<TiltedLaw> laws, double more) {
    double sum = 0;
    for (int i = 0; i < laws.size(); i++) {
      sum += parts.get(i).count() * laws.get(i).logMoment(more);
    }
    return sum;
  }

  private ComposedLaw convolve(List<TiltedLaw> laws, double spacing, double low, double high) {
    long first = (long) Math.floor(low / spacing);
    long cells = (long) Math.ceil(high / spacing) - first + 2;
    int size = Integer.highestOneBit((int) Math.max(cells - 1, 1)) << 1;
    Spectrum spectrum = new Spectrum(new Fft(size));
    double logMoment = 0;
    double logRest = Double.NEGATIVE_INFINITY;
    double displacement = 0;
    for (int i = 0; i < laws.size(); i++) {
      long count = parts.get(i).count();
      TiltedLaw law = laws.get(i);
      spectrum.convolve(law, count);
      logMoment += count * law.logMoment();
      logRest = LogSpace.sum(logRest, Math.log((double) count) + law.logInfinite());
      double largest = Math.max(Math.abs(lows[i]), Math.abs(highs[i]));
      displacement += count * 0x1p-50 * (largest + parts.get(i).pair().placement());
    }
    double beyond = beyond(laws, (first + size - 1) * spacing);
    logRest = LogSpace.sum(logRest, logMoment - tilt * ((first + size - 1) * spacing) + beyond);
    return new ComposedLaw(
        first, spacing, tilt, logMoment, logRest, displacement, spectrum.convolution());
  }

  /**
   * The log of a bound on E e^(−tilt (loss − end)) under the tilted law over total losses above the
   * window's end: Chernoff's.
   */
  private double beyond(List<TiltedLaw> laws, double end) {
    double deviation = Math.sqrt(variance(laws));
    double least = 0;
    for (double factor = 0x1p-5; factor <= 16; factor *= 1.5) {
      double more = factor / deviation;
      least = Math.min(least, logMoment(laws, more) - more * end);
    }
    return least;
  }
}
