package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.quietune.geometry.IsotropicWhitener;
import org.quietune.geometry.Whitener;
import org.quietune.release.GaussianNoise;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.ReleaseContext;

/**
 * Full-batch DP gradient descent: T rounds of {@code θ ← θ − η (Σ_u clip(g_u) + noise)/n̄}. The
 * classical baseline (Abadi et al. 2016, without sampling), with exact Gaussian-DP composition.
 * With one round it is the isotropic one-shot mechanism, the quadratic utility with H = I.
 *
 * @param rounds passes over the private records
 * @param clipNorm L2 norm to which a unit's gradient is clipped
 * @param stepSize η on the mean gradient
 */
public record DpGradientDescent(int rounds, double clipNorm, double stepSize)
    implements FineTuningMethod {

  public DpGradientDescent {
    if (rounds < 1) {
      throw new IllegalArgumentException("rounds must be positive: " + rounds);
    }
    if (!(stepSize > 0) || !(stepSize < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("stepSize must be positive and finite: " + stepSize);
    }
  }

  @Override
  public void requireBudget(PrivacyBudget budget) {
    GaussianBudget.from(budget);
  }

  @Override
  public String name() {
    return "dp-gd";
  }

  @Override
  public FineTuned run(FineTuningTask task, ReleaseContext context, RoundListener listener) {
    Whitener plain = new IsotropicWhitener(task.subspace().dimension(), 0);
    var round = new Round(plain, new L2Clip(clipNorm), RecordWeighting.none());
    GaussianNoise perRound = GaussianBudget.in(task).perRound(rounds).noise();
    double[] theta = task.theta();
    List<NoisySum> releases = new ArrayList<>();
    for (int t = 1; t <= rounds; t++) {
      NoisySum sum = round.release(task, theta, perRound, context, "round-%03d".formatted(t));
      releases.add(sum);
      theta = round.step(task, theta, sum.vector(), stepSize);
      listener.roundDone(t, rounds);
    }
    return new FineTuned(
        theta, releases, Map.of("rounds", rounds, "clipNorm", clipNorm, "stepSize", stepSize));
  }
}
