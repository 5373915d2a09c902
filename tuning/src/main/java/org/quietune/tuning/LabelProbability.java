package org.quietune.tuning;

import java.util.List;
import org.quietune.data.Example;
import org.quietune.model.RowwiseNetwork;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.ReleaseContext;
import org.quietune.release.VectorMap;

/**
 * The mean probability that a classifier gives to the private records' own labels, or by how much
 * it grew between two public points: one number for each record, released through the door with
 * clip norm 1. A unit of several records counts at most 1 in all, so for such units the released
 * mean is closer to zero than the true one.
 */
final class LabelProbability {
  private LabelProbability() {}

  /** Mean of {@code 1 − p_y} at {@code theta}: what is left to gain. */
  static NoisySum misfit(
      String name,
      FineTuningTask task,
      double[] theta,
      PrivacyBudget budget,
      ReleaseContext context) {
    return release(
        name,
        "mean misfit",
        task,
        budget,
        context,
        new Scores(task.rowwise()) {
          private final RowwiseNetwork.Pass pass = task.rowwise().pass(theta);

          @Override
          public void map(List<Example> records, double[] out) {
            RowwiseNetwork.Workspace workspace = pass.workspace();
            for (int i = 0; i < records.size(); i++) {
              out[i] = 1 - probability(workspace, records.get(i));
            }
          }
        });
  }

  /** Mean of {@code p_y(after) − p_y(before)}: what was gained. */
  static NoisySum gain(
      String name,
      FineTuningTask task,
      double[] before,
      double[] after,
      PrivacyBudget budget,
      ReleaseContext context) {
    return release(
        name,
        "mean gain",
        task,
        budget,
        context,
        new Scores(task.rowwise()) {
          private final RowwiseNetwork.Pass first = task.rowwise().pass(before);
          private final RowwiseNetwork.Pass second = task.rowwise().pass(after);

          @Override
          public void map(List<Example> records, double[] out) {
            RowwiseNetwork.Workspace old = first.workspace();
            RowwiseNetwork.Workspace tuned = second.workspace();
            for (int i = 0; i < records.size(); i++) {
              Example record = records.get(i);
              out[i] = probability(tuned, record) - probability(old, record);
            }
          }
        });
  }

  private static NoisySum release(
      String name,
      String purpose,
      FineTuningTask task,
      PrivacyBudget budget,
      ReleaseContext context,
      Scores scores) {
    Terms terms =
        Terms.kept(context, name, () -> new Terms(new L2Clip(1), budget.noiseOfOneNumber()));
    return terms.release(name, purpose, 1, task, context, () -> scores);
  }

  /** One number for each record. */
  private abstract static class Scores implements VectorMap<Example> {
    private final double[] logits;

    Scores(RowwiseNetwork network) {
      logits = new double[network.outputs()];
    }

    @Override
    public int dimension() {
      return 1;
    }

    /** Of the record's label; with {@link StrictMath}, whose bits are the same everywhere. */
    double probability(RowwiseNetwork.Workspace workspace, Example record) {
      double[] own = logits.clone();
      workspace.logits(record.features(), 0, own, 0);
      int label = (int) record.label();
      if (label != record.label() || label < 0 || label >= own.length) {
        return Double.NaN;
      }
      double sum = 0;
      for (double logit : own) {
        sum += StrictMath.exp(logit - own[label]);
      }
      return 1 / sum;
    }
  }
}
