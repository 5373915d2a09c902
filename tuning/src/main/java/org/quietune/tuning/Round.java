package org.quietune.tuning;

import org.quietune.geometry.Whitener;
import org.quietune.release.L2Clip;
import org.quietune.release.NoiseLaw;
import org.quietune.release.NoisySum;
import org.quietune.release.PrivateSum;
import org.quietune.release.ReleaseContext;
import org.quietune.release.SumPlan;

/** One release in whitened coordinates, and the step that it leads to. */
record Round(Whitener whitener, L2Clip clip, RecordWeighting weighting) {

  NoisySum release(
      FineTuningTask task, double[] theta, NoiseLaw noise, ReleaseContext context, String name) {
    SumPlan plan =
        new SumPlan(
            "gradient sum, " + name, whitener.dimension(), clip, noise, task.budget().relation());
    GradientMap map = new GradientMap(task, theta, whitener, weighting);
    return new PrivateSum(plan, context).release(name, task.records(), map);
  }

  /** {@code θ − η P Bᵀ y / n̄}. */
  double[] step(FineTuningTask task, double[] theta, double[] y, double stepSize) {
    double[] step = whitener.unwhiten(y);
    for (int j = 0; j < step.length; j++) {
      step[j] *= -stepSize / task.nominalRecords();
    }
    return task.moved(theta, step);
  }
}
