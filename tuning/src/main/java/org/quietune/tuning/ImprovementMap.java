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
  /** A loss that rises without bound counts as one that rises by this. */
  private static final double WORST = 1e6;

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
    double[] falls = falls(records);
    for (int i = 0; i < falls.length; i++) {
      out[i] = scale * bounded(falls[i]);
    }
  }

  /**
   * By how much a mean over clipped units overstates the fall of the loss, judged by public
   * records: the mean of their bounded falls, clipped in groups as units are, less that of the
   * falls themselves. Without it a model that is sure of everything would score well where most
   * labels are easy: a bound hides how wrong it is on the others.
   *
   * @param records public, at least one
   * @param group records of a unit
   * @param clipNorm of a unit's mean
   * @return a finite number
   */
  double overstatement(List<Example> records, int group, double clipNorm) {
    double[] falls = falls(records);
    double clipped = 0;
    double whole = 0;
    for (int from = 0; from < falls.length; from += group) {
      int to = Math.min(falls.length, from + group);
      double mean = 0;
      for (int i = from; i < to; i++) {
        mean += bounded(falls[i]) / (to - from);
        whole += Math.max(-WORST, falls[i]);
      }
      clipped += (to - from) * Math.max(-clipNorm, Math.min(clipNorm, mean));
    }
    return (clipped - whole) / falls.length;
  }

  /** How much lower each loss is; negative infinity where that is not a number. */
  private double[] falls(List<Example> records) {
    RowwiseNetwork.Workspace old = before.workspace();
    RowwiseNetwork.Workspace tuned = after.workspace();
    double[] falls = new double[records.size()];
    for (int i = 0; i < falls.length; i++) {
      Example record = records.get(i);
      double fall =
          old.loss(record.features(), record.label())
              - tuned.loss(record.features(), record.label());
      falls[i] = Double.isNaN(fall) ? Double.NEGATIVE_INFINITY : fall;
    }
    return falls;
  }

  private static double bounded(double fall) {
    return Math.max(-1, Math.min(1, fall));
  }
}
