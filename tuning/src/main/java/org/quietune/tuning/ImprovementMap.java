package org.quietune.tuning;

import java.util.List;
import org.quietune.data.Example;
import org.quietune.model.RowwiseNetwork;
import org.quietune.release.VectorMap;

/**
 * Maps a record to how much its loss is lower at one public point than at the pretrained
 * parameters, times a public scale, at least −1 and at most 1; a loss that is not finite counts as
 * −1, the worst. Record by record, with strict functions: the same bits whatever else is mapped.
 */
final class ImprovementMap implements VectorMap<Example> {
  private final RowwiseNetwork.Pass before;
  private final RowwiseNetwork.Pass after;
  private final double scale;

  /**
   * @param theta the point
   * @param scale one over the nominal number of records of a unit
   */
  ImprovementMap(FineTuningTask task, double[] theta, double scale) {
    this.before = task.rowwise().pass(task.theta());
    this.after = task.rowwise().pass(theta);
    this.scale = scale;
  }

  @Override
  public int dimension() {
    return 1;
  }

  @Override
  public void map(List<Example> records, double[] out) {
    RowwiseNetwork.Workspace old = before.workspace();
    RowwiseNetwork.Workspace tuned = after.workspace();
    for (int i = 0; i < records.size(); i++) {
      Example record = records.get(i);
      double fall =
          old.loss(record.features(), record.label())
              - tuned.loss(record.features(), record.label());
      out[i] = scale * (Double.isNaN(fall) ? -1 : Math.max(-1, Math.min(1, fall)));
    }
  }
}
