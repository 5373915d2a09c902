package org.quietune.tuning;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PoissonSelectionEvent;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.data.Example;
import org.quietune.geometry.Subspace;
import org.quietune.model.Network;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.PrivateSelection;
import org.quietune.release.ReleaseContext;
import org.quietune.release.Selection;

/**
 * A method tuned on the private records: the best of a Poisson number of runs, each of a member of
 * a grid drawn uniformly. A run spends {@link #SCORE_SHARE} of its share on its own score, a noisy
 * sum over units of how much the loss fell ({@link ImprovementMap}), and the rest on training. What
 * the bound on a unit's fall hides is estimated on public records and taken off.
 *
 * <p>Guarantee: one {@link org.quietune.accounting.PoissonSelectionEvent}, calibrated so that it
 * and what else the whole budget pays are (ε, δ)-DP under the budget's relation, for the records'
 * unit (docs/theory.md §5.10, Theorem 4), provided that the number of runs, the other runs and the
 * time they took stay secret. Runs are therefore silent and keep everything in memory; the best
 * run's sums and public values are stored at the end, for whoever checks it. The parameters stay as
 * they are where no run was drawn, and where even the best score says that the loss has not fallen.
 */
public final class PrivateTuning implements FineTuningMethod {
  /** Under which the outcome is kept with the run's public values. */
  public static final String KEPT = "selection";

  /** Among the settings: the released score of the best run, if its parameters are finite. */
  public static final String SCORE_OF_RECORDS = "score";

  /** Among the settings of a selection with a run: which model was given back. */
  public static final String SELECTED = "selected";

  /** The {@link #SELECTED} of a best run whose score, the fall of the loss, is not above zero. */
  public static final String PRETRAINED =
      "the pretrained model: the best run's score is not above 0";

  /** Share of a run's μ² that buys its score. */
  private static final double SCORE_SHARE = 0.1;

  /** Clip norm of a unit's improvement, in the loss's unit. */
  private static final double SCORE_CLIP = 0.5;

  private static final String SCORE = "selection-score";
  private static final String OVERSTATEMENT = "selection-overstatement";

  private final String mechanism;
  private final List<FineTuningMethod> candidates;
  private final String grid;
  private final double expectedRuns;
  private final double recordsPerUnit;

  /**
   * A run as it ended: its parameters, its releases with the score last, what it chose; and the
   * mean fall of the loss by that release.
   */
  private record Attempt(FineTuned tuned, double score) {}

  /**
   * Tuning over the members of a grid whose releases are all Gaussian; those on Poisson samples are
   * left out, since no one Gaussian release bounds them.
   *
   * @param mechanism name of the method that is tuned
   * @param expectedRuns mean of the number of runs, from 1 to 2¹⁰
   * @param recordsPerUnit public nominal number
   * @throws IllegalArgumentException when nothing is left of the grid
   */
  public PrivateTuning(
      String mechanism, TuningGrid grid, double expectedRuns, double recordsPerUnit) {
    this.mechanism = mechanism;
    this.candidates = grid.methods().stream().filter(PrivateTuning::isGaussian).toList();
    if (candidates.isEmpty()) {
      throw new IllegalArgumentException(
          "--tune selects among runs over all units, and --mechanism "
              + mechanism
              + " runs on Poisson samples: use dp-gd or dp-adam");
    }
    if (!(expectedRuns >= 1) || !(expectedRuns <= 1024)) {
      throw new IllegalArgumentException("--tune-runs must be from 1 to 1024: " + expectedRuns);
    }
    int left = grid.methods().size() - candidates.size();
    this.grid =
        grid.description()
            + (left == 0 ? "" : "; without the " + left + " members on Poisson samples");
    this.expectedRuns = expectedRuns;
    this.recordsPerUnit = recordsPerUnit;
  }

  private static boolean isGaussian(FineTuningMethod method) {
    return !(method instanceof DpDescent descent) || descent.samplingProbability() == 1;
  }

  @Override
  public String name() {
    return "private selection over " + mechanism;
  }

  /** The members, in the order of their numbers. */
  public List<FineTuningMethod> candidates() {
    return candidates;
  }

  @Override
  public void requireBudget(PrivacyBudget budget) {
    GaussianBudget.from(budget);
  }

  @Override
  public PrivacyEvent spend(PrivacyBudget budget) {
    return GaussianBudget.from(budget).selection(expectedRuns);
  }

  /** One grid is of one part of the model. */
  @Override
  public Subspace subspace(Network network, double[] theta, List<Example> publicData) {
    return candidates.get(0).subspace(network, theta, publicData);
  }

  @Override
  public FineTuned run(FineTuningTask task, ReleaseContext context, RoundListener listener) {
    AtomicReference<Attempt> best = new AtomicReference<>();
    Selection selection =
        context.publicStore().keep(KEPT, new Selection.Format(), () -> select(task, context, best));
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("candidates", candidates.size() + ": " + grid);
    settings.put("expectedRuns", selection.event().expectedRuns());
    settings.put("scoreShare", SCORE_SHARE);
    settings.put("scoreClipNorm", SCORE_CLIP);
    if (selection.chosen() == 0) {
      settings.put(
          "candidate", "none: the number of runs was zero, the model is the pretrained one");
      return new FineTuned(task.theta(), List.of(), settings);
    }
    Attempt attempt = best.get();
    if (attempt == null) {
      // The stores hold the best run: its own code follows from them.
      attempt =
          attempt(
              task,
              share(selection.event(), selection.relation()),
              selection.chosen() - 1,
              context);
    }
    boolean better = attempt.score() > 0;
    settings.put("candidate", selection.chosen());
    if (Double.isFinite(attempt.score())) {
      settings.put(SCORE_OF_RECORDS, attempt.score());
    }
    settings.putAll(attempt.tuned().settings());
    settings.put(SELECTED, better ? "the tuned model" : PRETRAINED);
    return new FineTuned(
        better ? attempt.tuned().theta() : task.theta(), attempt.tuned().releases(), settings);
  }

  private Selection select(
      FineTuningTask task, ReleaseContext context, AtomicReference<Attempt> best) {
    GaussianBudget budget = GaussianBudget.in(task);
    PrivateSelection selection =
        new PrivateSelection(
            name(), candidates.size(), budget.selection(expectedRuns), budget.relation());
    GaussianBudget share = share(selection.event(), budget.relation());
    PrivateSelection.Selected<Attempt> selected =
        selection.best(
            context,
            task.records(),
            (candidate, run) -> {
              Attempt attempt = attempt(task, share, candidate, run);
              return new PrivateSelection.Scored<>(attempt, attempt.score());
            });
    selected.best().ifPresent(best::set);
    return selected.selection();
  }

  /** What one run may spend. */
  private static GaussianBudget share(PoissonSelectionEvent event, NeighboringRelation relation) {
    double noise = ((GaussianEvent) event.run()).noiseMultiplier();
    return new GaussianBudget(relation.sensitivityFactor() * GaussianDp.muOf(noise), relation);
  }

  private Attempt attempt(
      FineTuningTask task, GaussianBudget share, int candidate, ReleaseContext context) {
    FineTuned tuned =
        candidates
            .get(candidate)
            .run(task.withBudget(share.share(1 - SCORE_SHARE)), context, RoundListener.silent());
    double[] theta = tuned.theta();
    if (!isFinite(theta)) {
      return new Attempt(
          new FineTuned(task.theta(), tuned.releases(), tuned.settings()),
          Double.NEGATIVE_INFINITY);
    }
    Terms terms =
        Terms.kept(
            context,
            SCORE,
            () -> new Terms(new L2Clip(SCORE_CLIP), share.share(SCORE_SHARE).noise()));
    NoisySum score =
        terms.release(
            SCORE,
            "score, fall of the loss",
            1,
            task,
            context,
            () -> new ImprovementMap(task, theta, 1 / recordsPerUnit));
    List<NoisySum> releases = new ArrayList<>(tuned.releases());
    releases.add(score);
    double units = task.nominalRecords() / recordsPerUnit;
    double[] overstated =
        context
            .publicStore()
            .keep(
                OVERSTATEMENT,
                new MatrixFormat(),
                () ->
                    new double[] {
                      new ImprovementMap(task, theta, 1)
                          .overstatement(
                              task.labelledSample(),
                              (int) Math.max(1, Math.rint(recordsPerUnit)),
                              SCORE_CLIP)
                    });
    return new Attempt(
        new FineTuned(theta, releases, tuned.settings()),
        score.vector()[0] / units - overstated[0]);
  }

  private static boolean isFinite(double[] theta) {
    for (double value : theta) {
      if (!Float.isFinite((float) value)) {
        return false;
      }
    }
    return true;
  }
}
