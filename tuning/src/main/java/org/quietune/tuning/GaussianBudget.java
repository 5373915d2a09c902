package org.quietune.tuning;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleFunction;
import org.quietune.accounting.Calibration;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PldAccountant;
import org.quietune.accounting.PoissonSelectionEvent;
import org.quietune.accounting.PoissonSubsampledGaussianEvent;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.SelfComposedEvent;
import org.quietune.accounting.TightAccountant;
import org.quietune.release.GaussianNoise;
import org.quietune.release.NoiseLaw;
import org.quietune.release.PoissonGaussianNoise;

/**
 * A budget for Gaussian releases: the Gaussian-DP parameter μ, of which μ² adds up (docs/theory.md,
 * Theorem 3). It also knows the (ε, δ) that it is all or part of, to which releases on samples are
 * calibrated, since those have no μ.
 *
 * @param mu positive, finite
 * @param whole what this is all or part of; empty where only μ was given
 */
public record GaussianBudget(double mu, NeighboringRelation relation, Optional<Whole> whole)
    implements PrivacyBudget {

  /**
   * A run's whole budget.
   *
   * @param mu of the Gaussian mechanism that spends it
   */
  public record Whole(double epsilon, double delta, double mu) {}

  private record Sampling(GaussianBudget budget, double probability, int rounds) {
    PrivacyEvent event(double noise) {
      return new SelfComposedEvent(new PoissonSubsampledGaussianEvent(probability, noise), rounds);
    }
  }

  /** Noise multipliers that were found already: each takes some seconds. */
  private static final Map<Sampling, Double> CALIBRATED = new ConcurrentHashMap<>();

  /** Relative, on the safe side. */
  private static final double CALIBRATION_TOLERANCE = 1e-4;

  /**
   * Parts are made this much smaller, so that rounding up in each release never lets all of them
   * together pass the whole.
   */
  private static final double ROUNDING_MARGIN = 1 - 0x1p-46;

  public GaussianBudget {
    if (!(mu > 0) || !(mu < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("mu must be positive and finite: " + mu);
    }
    Objects.requireNonNull(relation);
    Objects.requireNonNull(whole);
  }

  /** A budget of which only μ is known; it buys no releases on samples. */
  public GaussianBudget(double mu, NeighboringRelation relation) {
    this(mu, relation, Optional.empty());
  }

  /** The largest budget whose whole δ(ε) curve passes through or under (ε, δ), rounded down. */
  public static GaussianBudget of(double epsilon, double delta, NeighboringRelation relation) {
    double mu = GaussianDp.mu(epsilon, delta);
    return new GaussianBudget(mu, relation, Optional.of(new Whole(epsilon, delta, mu)));
  }

  /** A task's budget, for a method that spends this kind. */
  static GaussianBudget in(FineTuningTask task) {
    return from(task.budget());
  }

  /**
   * A budget as one of this kind.
   *
   * @throws IllegalArgumentException when it is of the other kind
   */
  static GaussianBudget from(PrivacyBudget budget) {
    if (budget instanceof GaussianBudget gaussian) {
      return gaussian;
    }
    throw new IllegalArgumentException(
        "this method adds Gaussian noise, which no budget with delta = 0 can pay: " + budget);
  }

  @Override
  public GaussianEvent event() {
    return new GaussianEvent(noise().multiplier());
  }

  @Override
  public GaussianBudget share(double share) {
    PrivacyBudget.requireShare(share);
    return share == 1
        ? this
        : new GaussianBudget(mu * Math.sqrt(share) * ROUNDING_MARGIN, relation, whole);
  }

  @Override
  public GaussianBudget perRound(int rounds) {
    return share(1.0 / rounds);
  }

  @Override
  public Optional<PrivacyBudget> after(List<PrivacyEvent> spent) {
    double used = TightAccountant.of(relation, spent).mu().orElse(Double.POSITIVE_INFINITY);
    double rest = PrivacyBudget.rest(mu * mu, used * used);
    return rest > 0 ? Optional.of(new GaussianBudget(Math.sqrt(rest), relation)) : Optional.empty();
  }

  /**
   * A sum over {@code records} unit vectors at most, over the deviation of the noise that spends
   * the whole budget on it at clip norm 1: n̄μ over the relation's factor.
   */
  double signal(double records) {
    return records * mu / relation.sensitivityFactor();
  }

  /** The noise that spends the whole budget on a sum of any dimension. */
  GaussianNoise noise() {
    return GaussianNoise.forMu(mu, relation);
  }

  /**
   * Refuses releases on samples that this budget cannot pay.
   *
   * @param samplingProbability 1 for releases over all units, which any budget pays
   */
  void requireSampling(double samplingProbability) {
    if (samplingProbability == 1) {
      return;
    }
    if (relation != NeighboringRelation.ADD_OR_REMOVE_ONE) {
      throw new IllegalArgumentException(
          "Poisson sampling has a proved guarantee for adding or removing a unit only: use"
              + " add-remove, or a method without sampling");
    }
    requireWhole("releases on samples are");
  }

  /**
   * The noise of each of {@code rounds} equal releases on Poisson samples of the units. All of them
   * together, and Gaussian releases that spend the rest of the whole budget, are (ε, δ)-DP for the
   * whole budget's ε and δ, under adding or removing a unit (docs/theory.md §3.8, and §5.9,
   * Proposition (iii)). That asks for events that no output decides: q, rounds and shares of the
   * budget are constants of a method, and the noise follows from them.
   */
  NoiseLaw noise(double samplingProbability, int rounds) {
    requireSampling(samplingProbability);
    return samplingProbability == 1
        ? perRound(rounds).noise()
        : new PoissonGaussianNoise(
            samplingProbability,
            CALIBRATED.computeIfAbsent(
                new Sampling(this, samplingProbability, rounds),
                sampling -> sampling.budget().calibrated(sampling::event)));
  }

  /**
   * The selection of the best of a Poisson number of runs that this budget pays: together with
   * Gaussian releases that spend the rest of the whole budget it is (ε, δ)-DP for the whole
   * budget's ε and δ (docs/theory.md, Theorem 4).
   *
   * @param expectedRuns at least 1
   * @throws IllegalArgumentException where only μ is known
   */
  PoissonSelectionEvent selection(double expectedRuns) {
    requireWhole("a private selection is");
    DoubleFunction<PoissonSelectionEvent> selection =
        noise -> new PoissonSelectionEvent(new GaussianEvent(noise), expectedRuns);
    return selection.apply(calibrated(selection));
  }

  private void requireWhole(String what) {
    if (whole.isEmpty()) {
      throw new IllegalArgumentException(
          what + " calibrated to an epsilon and a delta, which this budget lacks");
    }
  }

  private double calibrated(DoubleFunction<? extends PrivacyEvent> releases) {
    Whole all = whole.orElseThrow();
    return new Calibration(
            () -> {
              PldAccountant accountant = new PldAccountant(relation);
              if (mu < all.mu()) {
                double rest = Math.sqrt((all.mu() - mu) * (all.mu() + mu));
                accountant.compose(new GaussianBudget(rest / ROUNDING_MARGIN, relation).event());
              }
              return accountant;
            })
        .noiseMultiplier(releases, all.epsilon(), all.delta(), CALIBRATION_TOLERANCE);
  }

  @Override
  public GaussianNoise noiseOfOneNumber() {
    return noise();
  }
}
