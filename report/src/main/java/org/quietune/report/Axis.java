package org.quietune.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The range of one axis, its ticks, and where a value lies between its ends.
 *
 * <p>A linear axis ends on multiples of 1, 2 or 5 times a power of ten and has its ticks there. A
 * logarithmic axis keeps its range in decades, so no value of a double is out of reach.
 */
final class Axis {

  /** Beyond this the difference of two values could overflow. */
  private static final double LARGEST = 1e100;

  /** Below this a step could underflow; such a range is drawn as a single value. */
  private static final double SMALLEST = 1e-100;

  /** More own values than this would crowd the axis; a grid is clearer. */
  private static final int MOST_OWN_TICKS = 12;

  private static final int DECADES_WITH_INNER_TICKS = 2;

  /** A marked value. */
  record Tick(double value, String label) {}

  private final boolean log;
  private final double low;
  private final double high;
  private final List<Tick> ticks;

  private Axis(boolean log, double low, double high, List<Tick> ticks) {
    this.log = log;
    this.low = low;
    this.high = high;
    this.ticks = ticks;
  }

  /** False for a value that has no place on such an axis. */
  static boolean accepts(boolean log, double value) {
    return log ? value > 0 && value < Double.POSITIVE_INFINITY : Math.abs(value) <= LARGEST;
  }

  /**
   * A linear axis.
   *
   * @param values to be held; at least one, all accepted
   * @param intervals about how many
   */
  static Axis linear(NavigableSet<Double> values, int intervals) {
    double min = values.first();
    double max = values.last();
    double magnitude = Math.max(Math.abs(min), Math.abs(max));
    if (!(max - min > Math.max(1e-9 * magnitude, SMALLEST))) {
      double margin = magnitude < SMALLEST ? 1 : 0.05 * magnitude;
      min -= margin;
      max += margin;
    }
    double step = niceStep((max - min) / intervals);
    long first = Math.round(Math.floor(min / step + 1e-9));
    long last = Math.round(Math.ceil(max / step - 1e-9));
    BigDecimal exactStep = BigDecimal.valueOf(step);
    int decimals = Math.max(0, exactStep.stripTrailingZeros().scale());
    boolean plain = decimals <= 6 && magnitude < 1e7;
    List<Tick> ticks = new ArrayList<>();
    for (long i = first; i <= last; i++) {
      BigDecimal value = exactStep.multiply(BigDecimal.valueOf(i));
      double tick = value.doubleValue();
      ticks.add(new Tick(tick, plain ? Numbers.fixed(tick, decimals) : Numbers.near(tick, 6)));
    }
    return new Axis(false, first * step, last * step, List.copyOf(ticks));
  }

  /** A logarithmic axis that ends at powers of ten, or close to the data within one decade. */
  static Axis logarithmic(NavigableSet<Double> values, int intervals) {
    double low = Math.log10(values.first());
    double high = Math.log10(values.last());
    if (high - low <= 1) {
      return closeTo(values, decadeTicks(values));
    }
    int first = (int) Math.floor(low + 1e-9);
    int last = (int) Math.ceil(high - 1e-9);
    int stride = Math.max(1, (int) Math.ceil((last - first) / (double) intervals));
    // Whole strides down from the top, so that the largest values stand at a labeled tick.
    int bottom = last - stride * (int) Math.ceil((last - first) / (double) stride);
    List<Tick> ticks = new ArrayList<>();
    for (int e = bottom; e <= last; e += stride) {
      double value = Double.parseDouble("1e" + e);
      // The outermost powers may lie beyond the range of a double.
      if (accepts(true, value)) {
        ticks.add(new Tick(value, Numbers.powerOfTen(e)));
      }
    }
    return new Axis(true, bottom, last, List.copyOf(ticks));
  }

  /** A logarithmic axis that ends close to the data, with the data's own values as ticks. */
  static Axis logarithmicWithOwnTicks(NavigableSet<Double> values) {
    return closeTo(
        values, values.size() <= MOST_OWN_TICKS ? ownTicks(values) : decadeTicks(values));
  }

  private static Axis closeTo(NavigableSet<Double> values, List<Tick> ticks) {
    double low = Math.log10(values.first());
    double high = Math.log10(values.last());
    double margin = Math.max(0.04 * (high - low), 0.02);
    return new Axis(true, low - margin, high + margin, ticks);
  }

  private static List<Tick> ownTicks(Set<Double> values) {
    return values.stream().map(v -> new Tick(v, Numbers.near(v, 4))).toList();
  }

  private static List<Tick> decadeTicks(NavigableSet<Double> values) {
    double low = Math.log10(values.first());
    double high = Math.log10(values.last());
    int[] digits = high - low <= DECADES_WITH_INNER_TICKS ? new int[] {1, 2, 5} : new int[] {1};
    List<Tick> ticks = new ArrayList<>();
    for (int e = (int) Math.floor(low); e <= high; e++) {
      for (int digit : digits) {
        double value = Double.parseDouble(digit + "e" + e);
        if (value >= values.first() && value <= values.last()) {
          ticks.add(new Tick(value, Numbers.near(value, 4)));
        }
      }
    }
    return ticks.size() > 1
        ? List.copyOf(ticks)
        : ownTicks(new TreeSet<>(List.of(values.first(), values.last())));
  }

  private static double niceStep(double raw) {
    int exponent = (int) Math.floor(Math.log10(raw));
    for (int digit : new int[] {1, 2, 5}) {
      double step = Double.parseDouble(digit + "e" + exponent);
      if (step >= raw * (1 - 1e-9)) {
        return step;
      }
    }
    return Double.parseDouble("1e" + (exponent + 1));
  }

  List<Tick> ticks() {
    return ticks;
  }

  /** 0 at the low end, 1 at the high end; outside that range for values beyond them. */
  double fraction(double value) {
    return ((log ? Math.log10(value) : value) - low) / (high - low);
  }
}
