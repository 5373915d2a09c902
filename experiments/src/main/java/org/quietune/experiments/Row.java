package org.quietune.experiments;

import java.io.IOException;
import java.util.function.Function;
import org.quietune.tuning.Baseline;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.QuadraticExponentialMechanism;
import org.quietune.tuning.TuningGrid;

/**
 * A private method of a table.
 *
 * @param name in tables and on the command line
 * @param isBaseline whether it is one that the mechanism is measured against
 * @param isTelling whether its cells are run before those of others
 */
public record Row(String name, boolean isBaseline, boolean isTelling, Runner runner) {
  /** The name of {@link #automatic}. */
  public static final String AUTOMATIC = "qem";

  /** Runs a cell. */
  @FunctionalInterface
  public interface Runner {
    /** On a bench, under a budget; goes on from what is done of it. */
    Cell cell(Bench bench, Cell.Label label, PrivacyBudget budget, Progress progress)
        throws IOException;
  }

  /** The mechanism, which every other row is compared to. */
  public static Row automatic() {
    return own(AUTOMATIC, true, QuadraticExponentialMechanism.automatic());
  }

  /** The mechanism with a number of rounds. */
  public static Row ofRounds(String name, boolean isTelling, int rounds) {
    return own(name, isTelling, QuadraticExponentialMechanism.ofRounds(rounds));
  }

  private static Row own(String name, boolean isTelling, FineTuningMethod method) {
    return new Row(
        name,
        false,
        isTelling,
        (bench, label, budget, progress) -> bench.cell(label, budget, method, progress));
  }

  /** A baseline, which is the best of its grid. */
  public static Row of(
      Baseline baseline, boolean isTelling, Function<Baseline, TuningGrid> gridOf) {
    return new Row(
        baseline.flag(),
        true,
        isTelling,
        (bench, label, budget, progress) ->
            bench.cell(label, budget, gridOf.apply(baseline), progress));
  }
}
