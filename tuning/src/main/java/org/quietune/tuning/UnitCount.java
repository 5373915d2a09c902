package org.quietune.tuning;

import java.util.Arrays;
import java.util.List;
import org.quietune.data.Example;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.PrivateRecords;
import org.quietune.release.PrivateSum;
import org.quietune.release.ReleaseContext;
import org.quietune.release.SumPlan;
import org.quietune.release.VectorMap;

/**
 * A noisy count of privacy units, for the nominal number that the mechanism scales its steps by. It
 * goes through the door like everything else: each unit's vector is one number, clipped to 1.
 */
final class UnitCount {
  /** Under which the sum is stored. */
  static final String NAME = "unit-count";

  private static final VectorMap<Example> ONE_EACH =
      new VectorMap<>() {
        @Override
        public int dimension() {
          return 1;
        }

        @Override
        public void map(List<Example> records, double[] out) {
          // A unit's records add up to at least 1; the clip makes exactly 1 of it.
          Arrays.fill(out, 0, records.size(), 1.0);
        }
      };

  private UnitCount() {}

  static NoisySum release(
      PrivateRecords<Example> records, PrivacyBudget budget, ReleaseContext context) {
    Terms terms =
        Terms.kept(context, NAME, () -> new Terms(new L2Clip(1), budget.noiseOfOneNumber()));
    SumPlan plan = new SumPlan("unit count", 1, terms.clip(), terms.noise(), budget.relation());
    return new PrivateSum(plan, context).release(NAME, records, ONE_EACH);
  }

  /** The released count as a number of units, at least 1. */
  static double value(NoisySum count) {
    return Math.max(1, count.vector()[0]);
  }
}
