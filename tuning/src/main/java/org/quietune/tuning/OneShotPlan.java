package org.quietune.tuning;

import java.util.Map;
import org.quietune.geometry.SpectralWhitener;
import org.quietune.geometry.Spectrum;
import org.quietune.geometry.Whitener;

/**
 * Clip norm, damping and step size of a one-shot release, chosen from public data.
 *
 * <p>The expected public quadratic loss that the noise adds is {@code ½η²C²d_eff(λ)/(n̄μ)²} (docs/
 * theory.md §4). Stronger damping allows a longer step for the same cost, so the pairs (λ, η) are
 * tried from the least damped, and the first whose cost is acceptable wins. The clip norm is a low
 * quantile of the public gradient norms: where noise matters a low clip costs less than it biases.
 */
record OneShotPlan(Whitener whitener, double clipNorm, double stepSize, PrivacyBudget budget) {
  private static final double CLIP_QUANTILE = 0.3;
  private static final double ACCEPTABLE_COST = 0.005;

  /** Damping relative to the mean eigenvalue, with the step size that goes with it. */
  private static final double[][] DAMPING_AND_STEP = {
    {1, 0.3}, {3, 0.5}, {10, 1}, {30, 1.5}, {100, 3}
  };

  static OneShotPlan choose(FineTuningTask task, Spectrum spectrum, PrivacyBudget budget) {
    OneShotPlan plan = null;
    for (double[] pair : DAMPING_AND_STEP) {
      double damping = pair[0] * spectrum.mean();
      Whitener whitener = new SpectralWhitener(spectrum, damping);
      double clipNorm =
          PublicGradients.quantile(
              PublicGradients.sortedNorms(task, task.theta(), whitener), CLIP_QUANTILE);
      plan = new OneShotPlan(whitener, clipNorm, pair[1], budget);
      double noise = pair[1] * clipNorm / (task.nominalRecords() * budget.mu());
      if (0.5 * noise * noise * spectrum.effectiveDimension(damping) <= ACCEPTABLE_COST) {
        break;
      }
    }
    if (plan == null) {
      throw new IllegalStateException("no candidate pairs");
    }
    return plan;
  }

  Map<String, Object> describe() {
    return Map.of("damping", whitener.damping(), "clipNorm", clipNorm, "stepSize", stepSize);
  }
}
