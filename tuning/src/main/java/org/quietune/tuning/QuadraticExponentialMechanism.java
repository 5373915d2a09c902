package org.quietune.tuning;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.quietune.geometry.GaussNewton;
import org.quietune.geometry.Shrinkage;
import org.quietune.geometry.SpectralWhitener;
import org.quietune.geometry.Spectrum;
import org.quietune.geometry.Whitener;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.ReleaseContext;

/**
 * The quadratic exponential mechanism: density ∝ exp(βu) for the utility {@code u(z; D) =
 * −½(z−z₀)ᵀA(z−z₀) − ⟨G(D), z−z₀⟩}, {@code A = n̄(H+λI)} from public data and G(D) the sum over
 * units of clipped gradients. The law is exactly {@code N(z₀ − A⁻¹G, (βA)⁻¹)}: a sum of whitened
 * gradients released through the door, mapped back by the whitener's root (docs/theory.md §2).
 *
 * <p>Guarantee: the releases compose to at most the budget's μ (Theorems 1 and 3), under the
 * budget's relation and the records' privacy unit. Everything else here is post-processing of
 * releases, or computed from public data.
 *
 * <p>With one round it is one-shot. In rounds it starts with a one-shot release on a share of the
 * budget and re-centres at each released point; how many rounds, and whether they are worth their
 * share, comes from {@link RoundsForecast}.
 */
public final class QuadraticExponentialMechanism implements FineTuningMethod {
  private static final int SHRINKAGE_BLOCKS = 4;

  /** Rounds asked for; empty where the forecast decides. */
  private final OptionalInt rounds;

  private QuadraticExponentialMechanism(OptionalInt rounds) {
    this.rounds = rounds;
  }

  /** One release, then as many as the public forecast finds worth their share. */
  public static QuadraticExponentialMechanism automatic() {
    return new QuadraticExponentialMechanism(OptionalInt.empty());
  }

  /** A fixed number of releases; with one, the one-shot mechanism on the whole budget. */
  public static QuadraticExponentialMechanism ofRounds(int rounds) {
    if (rounds < 1) {
      throw new IllegalArgumentException("rounds must be positive: " + rounds);
    }
    return new QuadraticExponentialMechanism(OptionalInt.of(rounds));
  }

  @Override
  public String name() {
    return rounds.isPresent() && rounds.getAsInt() == 1 ? "qem one-shot" : "qem rounds";
  }

  @Override
  public FineTuned run(FineTuningTask task, ReleaseContext context, RoundListener listener) {
    Spectrum initial = spectrum(task, task.theta());
    RoundsForecast.Plan later =
        rounds.isEmpty()
            ? RoundsForecast.choose(task, initial)
            : RoundsForecast.choose(task, initial, rounds.getAsInt() - 1);
    double[] theta = task.theta();
    List<NoisySum> releases = new ArrayList<>();
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("subspace", task.subspace().summary());
    settings.put("curvature", "dense Gauss-Newton on public data, recomputed every round");

    OneShotPlan first =
        OneShotPlan.choose(task, initial, task.budget().share(later.openingShare()));
    settings.put("firstRound", first.describe());
    Round opening =
        new Round(first.whitener(), new L2Clip(first.clipNorm()), RecordWeighting.none());
    NoisySum sum = opening.release(task, theta, first.budget(), context, "round-001");
    releases.add(sum);
    double[] y =
        Shrinkage.jamesStein(sum.vector(), square(sum.plan().noiseStddev()), SHRINKAGE_BLOCKS);
    theta = opening.step(task, theta, y, first.stepSize());
    listener.roundDone(1, 1 + later.rounds());

    settings.put("laterRounds", later.describe());
    for (int t = 1; t <= later.rounds(); t++) {
      Whitener whitener = new SpectralWhitener(spectrum(task, theta), later.damping());
      Round round = later.round(task, theta, whitener);
      PrivacyBudget perRound =
          task.budget().share(1 - later.openingShare()).perRound(later.rounds());
      NoisySum next = round.release(task, theta, perRound, context, "round-%03d".formatted(t + 1));
      releases.add(next);
      theta = round.step(task, theta, next.vector(), later.stepSize());
      listener.roundDone(1 + t, 1 + later.rounds());
    }
    return new FineTuned(theta, releases, settings);
  }

  private static Spectrum spectrum(FineTuningTask task, double[] theta) {
    return Spectrum.of(
        task.subspace().dimension(),
        GaussNewton.dense(task.network(), theta, task.curvatureSample(), task.subspace()));
  }

  private static double square(double x) {
    return x * x;
  }
}
