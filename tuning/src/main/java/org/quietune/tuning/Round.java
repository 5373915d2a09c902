package org.quietune.tuning;

import org.quietune.geometry.Subspace;
import org.quietune.geometry.Whitener;
import org.quietune.release.L2Clip;
import org.quietune.release.NoiseLaw;
import org.quietune.release.NoisySum;
import org.quietune.release.PrivateSum;
import org.quietune.release.ReleaseContext;
import org.quietune.release.SumPlan;

/**
 * One release in whitened coordinates, and the step that it leads to. All of it is chosen before
 * the release, from public data and earlier releases; it is kept with the run, so that the release
 * can be carried out, and its step checked, with the very same bits ({@link RoundFormat}).
 *
 * @param whitener B, from whose coordinates the step goes back
 * @param clip of each unit's whitened gradient
 * @param labelFree whether records are weighted by their inputs before the clip ({@link
 *     RecordWeighting#mallows})
 * @param noise of the sum
 * @param stepSize η
 */
record Round(Whitener whitener, L2Clip clip, boolean labelFree, NoiseLaw noise, double stepSize) {

  NoisySum release(FineTuningTask task, double[] theta, ReleaseContext context, String name) {
    SumPlan plan =
        new SumPlan(
            "gradient sum, " + name, whitener.dimension(), clip, noise, task.budget().relation());
    RecordWeighting weighting =
        labelFree ? RecordWeighting.mallows(clip.clipNorm()) : RecordWeighting.none();
    GradientMap map = new GradientMap(task, theta, whitener, weighting);
    return new PrivateSum(plan, context).release(name, task.records(), map);
  }

  /**
   * {@code θ − η P Bᵀ y / n̄}: post-processing of the release. Plain Java in a fixed order, the
   * same bits everywhere.
   *
   * @param nominalRecords n̄
   */
  double[] step(Subspace subspace, double nominalRecords, double[] theta, NoisySum sum) {
    double[] step = whitener.unwhiten(sum.vector());
    for (int j = 0; j < step.length; j++) {
      step[j] *= -stepSize / nominalRecords;
    }
    double[] displacement = subspace.lift(step);
    double[] moved = theta.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += displacement[i];
    }
    return moved;
  }
}
