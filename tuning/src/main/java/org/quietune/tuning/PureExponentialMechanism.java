package org.quietune.tuning;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quietune.data.Example;
import org.quietune.geometry.Curvature;
import org.quietune.geometry.PrincipalSubspace;
import org.quietune.geometry.Subspace;
import org.quietune.geometry.Whitener;
import org.quietune.model.Network;
import org.quietune.release.BallNormalNoise;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.ReleaseContext;

/**
 * The exponential mechanism of the quadratic utility, restricted to a ball: density ∝ exp(βu) on
 * {@code ‖A^{½}(z−z₀)‖ ≤ R}, sampled exactly ({@link BallNormalNoise}; docs/theory.md §2.4).
 *
 * <p>Guarantee: (ε, 0)-DP for the budget's ε, relation and the records' privacy unit (Theorem 2).
 *
 * <p>One release on the whole budget: pure ε adds up, and in trials rounds gained nothing. Where
 * the budget is small the noise per direction grows with the root of their number, which a
 * Gaussian's does not; so only the leading directions of the public curvature are trained.
 * Everything else follows from public data and the budget:
 *
 * <ul>
 *   <li>The clip norm is a low quantile of public norms.
 *   <li>The center radius is the longest sum that is to be expected: a part of the number of
 *       records times the clip norm. A longer sum is shortened to it and keeps its direction. It
 *       ends at {@link #LARGEST_CENTER_RADIUS}, so that every budget that {@link PureBudget#of}
 *       admits can be sampled, and nothing is refused after the number of units was paid for.
 *   <li>The step is the longest whose predicted noise cost in public quadratic loss stays at {@link
 *       #NOISE_COST}, and at most {@link #LONGEST_STEP}; so a budget too small to learn from moves
 *       the model little.
 * </ul>
 *
 * <p>The constants were settled on the ICU experiment; docs/results/icu.md says what that means.
 */
public final class PureExponentialMechanism implements FineTuningMethod {
  private static final int DIRECTIONS = 128;
  private static final double CLIP_QUANTILE = 0.1;

  /** Expected length of the sum over the number of its terms times the clip norm. */
  private static final double CENTER_SHARE = 0.3;

  private static final double NOISE_COST = 0.002;
  private static final double LONGEST_STEP = 1.5;

  /** In clip norms: a sum of half a billion records. */
  private static final double LARGEST_CENTER_RADIUS = 0x1p27;

  @Override
  public void requireBudget(PrivacyBudget budget) {
    PureBudget.from(budget);
  }

  @Override
  public String name() {
    return "pure exponential mechanism on a ball";
  }

  @Override
  public Subspace subspace(Network network, double[] theta, List<Example> publicData) {
    return PrincipalSubspace.of(
        network, theta, Batches.principalSample(network, publicData), DIRECTIONS);
  }

  @Override
  public FineTuned run(FineTuningTask task, ReleaseContext context, RoundListener listener) {
    String name = "round-001";
    Round round = context.publicStore().keep(name, new RoundFormat(), () -> round(task));
    NoisySum sum = round.release(task, task.theta(), context, name);
    double[] theta = round.step(task, task.theta(), sum);
    listener.roundDone(1, 1);
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("subspace", task.subspace().summary());
    settings.put("curvature", task.form().summary() + " on public data");
    settings.put("damping", round.whitener().damping());
    settings.put("stepSize", round.stepSize());
    return new FineTuned(theta, List.of(sum), settings);
  }

  private static Round round(FineTuningTask task) {
    PureBudget budget = PureBudget.in(task);
    Curvature curvature = task.curvature(task.theta());
    double damping = curvature.mean();
    Whitener whitener = curvature.whitener(damping);
    L2Clip clip =
        new L2Clip(
            PublicGradients.quantile(
                PublicGradients.sortedNorms(task, task.theta(), whitener), CLIP_QUANTILE));
    BallNormalNoise noise =
        BallNormalNoise.forEpsilon(
            budget.epsilon(),
            whitener.dimension(),
            clip,
            Math.min(CENTER_SHARE * task.nominalRecords(), LARGEST_CENTER_RADIUS),
            budget.relation());
    double stepSize =
        stepSize(task, noise.multiplier() * clip.clipNorm(), curvature.effectiveDimension(damping));
    return new Round(whitener, new Terms(clip, noise), false, false, stepSize);
  }

  /** The longest step whose noise costs {@code ½ η² σ² d_eff/n̄² ≤} {@link #NOISE_COST}. */
  private static double stepSize(FineTuningTask task, double stddev, double effectiveDimension) {
    double affordable =
        task.nominalRecords() / stddev * Math.sqrt(2 * NOISE_COST / effectiveDimension);
    return Math.min(LONGEST_STEP, affordable);
  }
}
