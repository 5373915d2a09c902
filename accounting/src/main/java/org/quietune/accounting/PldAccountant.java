package org.quietune.accounting;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Accounts by privacy loss distributions (PLD): composes, numerically and from above, pairs of laws
 * that dominate the releases. Almost tight for every kind of event.
 *
 * <p>Definition: each release has a pair of laws whose curve δ(x), over all real x, is nowhere
 * below that of the release, for either direction of the relation; products of such pairs dominate
 * adaptive composition. The loss of each pair is put on a lattice by connecting the dots of its
 * curve, tilted exponentially toward the question, and convolved by Fourier transforms.
 *
 * <p>Guarantee: everything composed so far is (ε, δ)-DP under the neighboring relation. Every
 * answer is the smaller of two proved bounds, this one and that of {@link RdpAccountant}.
 *
 * <p>Supports {@link GaussianEvent}, {@link PoissonSubsampledGaussianEvent} (under {@link
 * NeighboringRelation#ADD_OR_REMOVE_ONE} only), {@link LaplaceEvent}, {@link PureDpEvent}, {@link
 * BoundedRangeEvent}, and compositions of them. Gaussian events are first merged into one, exactly;
 * if there are no others, the answer is that of {@link GaussianDp}, rounded correctly. A release
 * alone is read off its own curve.
 *
 * <p>Numerics: rounded up, with bounds for the lattice, the window, the transforms' rounding and
 * elementary functions all included, so that the answer is never below the exact one of the
 * dominating pairs. Above it, δ is larger by about 10⁻⁴ relatively, and ε by about 10⁻⁵, where
 * memory allows the lattice and losses have no atoms (near an atom, by about a lattice step): up to
 * some 10⁵ releases with subsampling, with losses per release not more than some thousands of times
 * smaller than the largest ones that matter. Beyond, answers become looser, not wrong.
 * Bounded-range events stand for the worst choice of their range in each direction; of many
 * together, RDP may be the smaller bound. Positive δ below {@link Double#MIN_VALUE} become that.
 *
 * <p>Cost: some tenths of a second and at most some 150 MB for a question, for each kind of event;
 * counts cost next to nothing. Not thread-safe.
 *
 * <p>Source: A. Koskela, J. Jälkö, A. Honkela, "Computing tight differential privacy guarantees
 * using FFT", AISTATS 2020; Y. Zhu, J. Dong, Y.-X. Wang, AISTATS 2022, Theorems 10 and 11; V.
 * Doroshenko, B. Ghazi, P. Kamath, R. Kumar, P. Manurangsi, PETS 2022. Tilting, the error bound and
 * the pair for bounded range are proved in docs/theory.md §5.
 */
public final class PldAccountant implements PrivacyAccountant {

  private static final double LARGEST_TILT = 1e6;

  private final NeighboringRelation neighboringRelation;
  private final RdpAccountant rdp;
  private final GaussianDpAccountant gaussian;
  private EventCounts others = new EventCounts();

  /** Starts with nothing released. */
  public PldAccountant(NeighboringRelation neighboringRelation) {
    this.neighboringRelation = neighboringRelation;
    this.rdp = new RdpAccountant(neighboringRelation);
    this.gaussian = new GaussianDpAccountant(neighboringRelation);
  }

  @Override
  public NeighboringRelation neighboringRelation() {
    return neighboringRelation;
  }

  @Override
  public void compose(PrivacyEvent event) {
    Map<PrivacyEvent, Long> parts = EventCounts.of(event).inFixedOrder();
    List<PrivacyEvent> gaussians = new ArrayList<>();
    List<PrivacyEvent> rest = new ArrayList<>();
    parts.forEach(
        (part, count) -> {
          PrivacyEvent simple = withoutTrivialSampling(part);
          (simple instanceof GaussianEvent ? gaussians : rest)
              .add(new SelfComposedEvent(simple, count));
        });
    EventCounts all = others.plus(EventCounts.of(new ComposedEvent(rest)));
    // The one call that may refuse comes first.
    rdp.compose(event);
    gaussian.compose(new ComposedEvent(gaussians));
    others = all;
  }

  /** A sample of everything is no sample. */
  private PrivacyEvent withoutTrivialSampling(PrivacyEvent event) {
    return event instanceof PoissonSubsampledGaussianEvent sampled
            && sampled.samplingProbability() == 1
            && neighboringRelation == NeighboringRelation.ADD_OR_REMOVE_ONE
        ? new GaussianEvent(sampled.noiseMultiplier())
        : event;
  }

  @Override
  public double epsilon(double delta) {
    Domain.insideUnitInterval("delta", delta);
    if (hasSelection()) {
      return rdp.epsilon(delta);
    }
    List<LossComposition.Part> parts = parts();
    if (parts.isEmpty()) {
      return gaussian.epsilon(delta);
    }
    double byRdp = rdp.epsilon(delta);
    if (byRdp == 0 || byRdp == Double.POSITIVE_INFINITY) {
      return byRdp;
    }
    double logDelta = Math.nextDown(Math.log(delta));
    double epsilon = 0;
    for (List<LossComposition.Part> direction : directions(parts)) {
      epsilon =
          Math.max(
              epsilon,
              isSingle(direction)
                  ? new SingleRelease(direction.get(0).pair()).epsilon(logDelta)
                  : composed(direction, logDelta, byRdp).epsilon(logDelta));
    }
    return smaller(epsilon, byRdp);
  }

  @Override
  public double delta(double epsilon) {
    Domain.nonnegative("epsilon", epsilon);
    if (hasSelection()) {
      return rdp.delta(epsilon);
    }
    List<LossComposition.Part> parts = parts();
    if (parts.isEmpty() || epsilon == Double.POSITIVE_INFINITY) {
      return gaussian.delta(epsilon);
    }
    double byRdp = rdp.best(epsilon).logDelta();
    if (byRdp == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    double logDelta = Double.NEGATIVE_INFINITY;
    for (List<LossComposition.Part> direction : directions(parts)) {
      logDelta =
          Math.max(
              logDelta,
              isSingle(direction)
                  ? new SingleRelease(direction.get(0).pair()).logDelta(epsilon)
                  : composed(direction, byRdp, epsilon).logDelta(epsilon));
    }
    return RdpAccountant.deltaUp(smaller(logDelta, byRdp));
  }

  /** Of the best of many runs the Rényi divergence is known, and no dominating pair. */
  private boolean hasSelection() {
    return others.inFixedOrder().keySet().stream()
        .anyMatch(event -> event instanceof PoissonSelectionEvent);
  }

  /** The smaller of two bounds; the second alone where noise is so small that the first is NaN. */
  private static double smaller(double composed, double byRdp) {
    return composed < byRdp ? composed : byRdp;
  }

  private ComposedLaw composed(
      List<LossComposition.Part> direction, double logDelta, double epsilon) {
    double tilt = tilt(rdp.best(epsilon).order(), logDelta, epsilon);
    return LossComposition.compose(direction, tilt, logDelta, epsilon);
  }

  /**
   * The order's own tilt. For a loss that reaches its bound it may be huge, and the tilted law a
   * point; Gaussian losses have a tilt of −2 log δ/ε, so twice that is room enough.
   */
  static double tilt(double order, double logDelta, double epsilon) {
    return Math.min(Math.min(order - 1, LARGEST_TILT), 4 * (1 - logDelta) / epsilon);
  }

  private static boolean isSingle(List<LossComposition.Part> parts) {
    return parts.size() == 1 && parts.get(0).count() == 1;
  }

  private List<LossComposition.Part> parts() {
    List<LossComposition.Part> parts = new ArrayList<>();
    others
        .inFixedOrder()
        .forEach(
            (event, count) -> {
              if (!isWithoutLoss(event)) {
                parts.add(new LossComposition.Part(pairOf(event), count));
              }
            });
    double mu = gaussian.mu();
    if (!parts.isEmpty() && mu > 0) {
      parts.add(new LossComposition.Part(SubsampledGaussianPair.gaussian(mu), 1));
    }
    return parts;
  }

  private static boolean isWithoutLoss(PrivacyEvent event) {
    return (event instanceof PoissonSubsampledGaussianEvent sampled
            && sampled.samplingProbability() == 0)
        || (event instanceof PureDpEvent pure && pure.epsilon() == 0)
        || (event instanceof BoundedRangeEvent range && range.epsilon() == 0);
  }

  private DominatingPair pairOf(PrivacyEvent event) {
    if (event instanceof PoissonSubsampledGaussianEvent sampled) {
      return new SubsampledGaussianPair(
          sampled.samplingProbability(), GaussianDp.muOf(sampled.noiseMultiplier()));
    }
    if (event instanceof LaplaceEvent laplace) {
      return BoundedLossPair.laplace(
          neighboringRelation.sensitivityFactor()
              * DirectedRounding.reciprocalUp(laplace.noiseMultiplier()));
    }
    if (event instanceof PureDpEvent pure) {
      return BoundedLossPair.pureDp(pure.epsilon());
    }
    if (event instanceof BoundedRangeEvent range) {
      return BoundedLossPair.boundedRange(range.epsilon());
    }
    throw new UnsupportedEventException("PldAccountant", event);
  }

  /** The parts for removing a unit and, if it makes a difference, for adding one. */
  private static List<List<LossComposition.Part>> directions(List<LossComposition.Part> parts) {
    if (parts.stream().allMatch(part -> part.pair().isSymmetric())) {
      return List.of(parts);
    }
    return List.of(
        parts,
        parts.stream()
            .map(
                part ->
                    part.pair().isSymmetric()
                        ? part
                        : new LossComposition.Part(part.pair().reversed(), part.count()))
            .toList());
  }
}
