package org.quietune.accounting;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Accounts by Rényi differential privacy (RDP): keeps what was composed, adds up divergences at
 * fixed orders, and takes the best (ε, δ) that one of them gives.
 *
 * <p>Definition: a release is (α, ρ)-RDP if the Rényi divergence of order α between its outputs on
 * neighbors, in either order, is at most ρ. Composition adds ρ; a release repeated n times costs n
 * ρ, whatever n.
 *
 * <p>Guarantee: everything composed so far is (ε, δ)-DP under the neighboring relation. Never below
 * the tight answer and mostly some percent above it; {@link PldAccountant} is tighter and costs
 * more. For sums of Gaussian events {@link GaussianDpAccountant} is exact.
 *
 * <p>Supports every event, except {@link PoissonSubsampledGaussianEvent} under {@link
 * NeighboringRelation#REPLACE_ONE}, where its bound does not hold. A {@link PureDpEvent} has the
 * divergence of randomized response, a {@link BoundedRangeEvent} the largest that its range allows.
 *
 * <p>Edge cases: infinite divergences give ε = ∞ and δ = 1; the order ∞ gives δ = 0 from the sum of
 * the largest losses on.
 *
 * <p>Numerics: divergences, ε and δ are rounded up. The answer does not depend on the order of
 * composition. An event kind costs about a millisecond, however often it occurs.
 *
 * <p>Source: I. Mironov, "Rényi differential privacy", CSF 2017, Proposition 1 and Table II; I.
 * Mironov, K. Talwar, L. Zhang, arXiv:1908.10530; conversion by C. Canonne, G. Kamath, T. Steinke,
 * NeurIPS 2020, Proposition 12.
 */
public final class RdpAccountant implements PrivacyAccountant {

  private static final double[] DEFAULT_ORDERS = defaultOrders();

  private final NeighboringRelation neighboringRelation;
  private final double[] orders;
  private final Map<PrivacyEvent, double[]> divergences = new HashMap<>();
  private EventCounts counts = new EventCounts();

  /** Starts with nothing released, with orders that suit budgets from tiny to huge. */
  public RdpAccountant(NeighboringRelation neighboringRelation) {
    this(neighboringRelation, DEFAULT_ORDERS);
  }

  /**
   * Starts with nothing released.
   *
   * @param orders at least one; each above 1, may be infinite
   */
  public RdpAccountant(NeighboringRelation neighboringRelation, double... orders) {
    if (orders.length == 0) {
      throw new IllegalArgumentException("orders must not be empty");
    }
    for (double order : orders) {
      if (!(order > 1)) {
        throw new IllegalArgumentException("orders must be above 1, got " + order);
      }
    }
    this.neighboringRelation = neighboringRelation;
    this.orders = orders.clone();
  }

  /**
   * From 1 + 2^−10 in doublings to 1.1, by tenths to 11, by ones to 64, by 2^(1/8) to 4096, in
   * doublings to 2^40, and ∞.
   */
  private static double[] defaultOrders() {
    double[] orders = new double[300];
    int size = 0;
    for (int i = -10; i <= -4; i++) {
      orders[size++] = 1 + Math.scalb(1.0, i);
    }
    for (int tenths = 11; tenths < 110; tenths++) {
      orders[size++] = tenths / 10.0;
    }
    for (int order = 11; order < 64; order++) {
      orders[size++] = order;
    }
    for (int eighths = 48; eighths < 96; eighths++) {
      orders[size++] = Math.rint(Math.pow(2, eighths / 8.0));
    }
    for (int power = 12; power <= 40; power++) {
      orders[size++] = Math.scalb(1.0, power);
    }
    orders[size++] = Double.POSITIVE_INFINITY;
    return Arrays.copyOf(orders, size);
  }

  @Override
  public NeighboringRelation neighboringRelation() {
    return neighboringRelation;
  }

  @Override
  public void compose(PrivacyEvent event) {
    EventCounts parts = EventCounts.of(event);
    parts.inFixedOrder().keySet().forEach(this::requireSupported);
    counts = counts.plus(parts);
  }

  private void requireSupported(PrivacyEvent event) {
    if (event instanceof PoissonSubsampledGaussianEvent
        && neighboringRelation != NeighboringRelation.ADD_OR_REMOVE_ONE) {
      throw new UnsupportedEventException("RdpAccountant under " + neighboringRelation, event);
    }
    if (event instanceof PoissonSelectionEvent selection) {
      new RdpAccountant(neighboringRelation).compose(selection.run());
    }
  }

  /** The orders, as given. */
  public double[] orders() {
    return orders.clone();
  }

  /** The divergences ρ of everything composed so far, one for each of {@link #orders}. */
  public double[] divergences() {
    double[] sums = new double[orders.length];
    counts
        .inFixedOrder()
        .forEach(
            (event, count) -> {
              double[] each = divergences.computeIfAbsent(event, this::divergencesOf);
              for (int i = 0; i < sums.length; i++) {
                sums[i] = Math.nextUp(sums[i] + Math.nextUp(count * each[i]));
              }
            });
    return sums;
  }

  private double[] divergencesOf(PrivacyEvent event) {
    return Arrays.stream(orders).map(order -> divergence(event, order)).toArray();
  }

  private double divergence(PrivacyEvent event, double order) {
    int factor = neighboringRelation.sensitivityFactor();
    if (event instanceof GaussianEvent gaussian) {
      return RenyiDivergence.gaussian(factor * GaussianDp.muOf(gaussian.noiseMultiplier()), order);
    }
    if (event instanceof PoissonSubsampledGaussianEvent sampled) {
      return RenyiDivergence.subsampledGaussian(
          sampled.samplingProbability(), GaussianDp.muOf(sampled.noiseMultiplier()), order);
    }
    if (event instanceof LaplaceEvent laplace) {
      return RenyiDivergence.laplace(
          factor * DirectedRounding.reciprocalUp(laplace.noiseMultiplier()), order);
    }
    if (event instanceof PureDpEvent pure) {
      return RenyiDivergence.pureDp(pure.epsilon(), order);
    }
    if (event instanceof BoundedRangeEvent range) {
      return RenyiDivergence.boundedRange(range.epsilon(), order);
    }
    if (event instanceof PoissonSelectionEvent selection) {
      return selection(selection, order);
    }
    throw new UnsupportedEventException("RdpAccountant", event);
  }

  private double selection(PoissonSelectionEvent selection, double order) {
    if (order == Double.POSITIVE_INFINITY) {
      return Double.POSITIVE_INFINITY;
    }
    RdpAccountant one = new RdpAccountant(neighboringRelation, order);
    one.compose(selection.run());
    TightAccountant run = TightAccountant.of(neighboringRelation, List.of(selection.run()));
    // Rounded down: a smaller ε has a larger δ.
    double epsilon = Math.log1p(1 / (order - 1)) * (1 - 0x1p-50);
    return RenyiDivergence.poissonSelection(
        selection.expectedRuns(), one.divergences()[0], run.delta(epsilon), order);
  }

  @Override
  public double epsilon(double delta) {
    Domain.insideUnitInterval("delta", delta);
    double[] sums = divergences();
    double epsilon = Double.POSITIVE_INFINITY;
    for (int i = 0; i < sums.length; i++) {
      epsilon = Math.min(epsilon, RenyiConversion.epsilon(orders[i], sums[i], delta));
    }
    return epsilon;
  }

  @Override
  public double delta(double epsilon) {
    Domain.nonnegative("epsilon", epsilon);
    if (epsilon == Double.POSITIVE_INFINITY) {
      return 0;
    }
    return deltaUp(best(epsilon).logDelta());
  }

  /** e^logDelta, rounded up. */
  static double deltaUp(double logDelta) {
    if (logDelta == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    return Math.min(1, Math.exp(logDelta) * (1 + 0x1p-50) + Double.MIN_VALUE);
  }

  /** The order that says most about the δ at a finite ε. */
  Best best(double epsilon) {
    double[] sums = divergences();
    Best best = new Best(orders[0], 0);
    for (int i = 0; i < sums.length; i++) {
      double logDelta = RenyiConversion.logDelta(orders[i], sums[i], epsilon);
      if (logDelta < best.logDelta()) {
        best = new Best(orders[i], logDelta);
      }
    }
    return best;
  }

  /**
   * An order and what it says.
   *
   * @param order α
   * @param logDelta the log of its δ
   */
  record Best(double order, double logDelta) {}
}
