package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.quietune.data.InvalidDataException;
import org.quietune.geometry.Curvature;
import org.quietune.geometry.Whitener;
import org.quietune.model.Loss;
import org.quietune.release.L2Clip;

/**
 * Which releases to make, chosen from public data and the budget alone.
 *
 * <p>Models of one logit: in logistic regression a first release is of what private inputs foretell
 * of their gradients ({@link ForetoldGradients}). The next goes to the directions in which groups
 * of public records differ ({@link PublicShifts}); the <em>label-free</em> leg after them weights
 * records by their inputs alone ({@link RecordWeighting#mallows}), so that the clip pulls toward no
 * class, and moves in all directions. Its total step s has the best expected outcome {@code g·s −
 * ½(g + Q + S)s²} in public quadratic loss (docs/theory.md §4.3), {@code Q = C² d_eff(λ)/(n̄μ)²}
 * its noise, S what the private records' own number leaves to chance and {@link #EXPECTED_GAIN}
 * what a private mean gradient is worth. Where that is too short to matter, the budget goes to
 * these alone. The constants were settled on public stays (docs/adr/0022-public-shifts.md,
 * 0023-foretold-gradients.md, 0025-sampling-error.md).
 *
 * <p>Other models: an <em>opening</em> clips gradient norms low, so that its noise is small, and
 * pulls toward the more common class. What follows goes as far as a predicted noise of {@link
 * #NOISE_COST} allows. Where that would be too short to matter, the whole budget goes to an opening
 * of its own kind: its releases are shrunk by their known noise, so it can afford a longer step,
 * and it damps soft directions the more the less the budget buys. These constants were settled on
 * the ICU experiment; docs/results/icu.md says what that means.
 */
record RoundsPlan(double damping, List<Leg> legs) {
  /** Clip norms are this quantile of public norms: where noise matters, a low clip costs less. */
  private static final double CLIP_QUANTILE = 0.1;

  /**
   * A number's gradient grows with its residual, and a step moves the fit by no more than the clip
   * lets through: with a low one, a private level far from the public one would never be reached.
   */
  private static final double NUMBER_CLIP_QUANTILE = 0.9;

  /** g, the squared length of a private mean gradient in whitened coordinates, in nats. */
  private static final double EXPECTED_GAIN = 0.035;

  /** Of the budget that foretold gradients leave. */
  private static final double SHIFTS_SHARE = 0.1;

  /** Where none are released before it. */
  private static final double LONE_SHIFTS_SHARE = 0.2;

  /** Damping after the first release, in multiples of the mean curvature. */
  private static final double DAMPING_AFTER_SHIFTS = 0.5;

  /** The damping of the release along shifts, over that: groups tell little of soft directions. */
  private static final double SHIFTS_DAMPING = 6;

  /** The damping of the foretold gradients, likewise: regression tells more of them. */
  private static final double FORETOLD_DAMPING = 2;

  /** A label-free leg after it that goes less far is not worth a share of the budget. */
  private static final double SHORTEST_STEP_AFTER_SHIFTS = 0.05;

  private static final int FEWEST_ROUNDS_AFTER_SHIFTS = 2;

  /** Of a label-free round after it: beyond, the quadratic at its start is a poor guide. */
  private static final double LONGEST_STEP_OF_A_ROUND = 0.25;

  private static final double NOISE_COST = 0.002;
  private static final double LONGEST_STEP = 1;

  /** A label-free leg that may go less far than this is not worth a share of the budget. */
  private static final double SHORTEST_STEP = 0.08;

  private static final int LABEL_FREE_ROUNDS = 8;
  private static final double OPENING_SHARE = 0.1;
  private static final double OPENING_STEP = 0.6;

  /** The opening goes a little further where nothing follows it, and in more rounds. */
  private static final double LONE_OPENING_STEP = 0.8;

  private static final int LONE_OPENING_ROUNDS = 4;

  /** Dampings that a lone opening tries, in multiples of the mean curvature, smallest first. */
  private static final double[] LONE_OPENING_DAMPINGS = {1, 3, 10, 30, 100, 300, 1000};

  /**
   * How the wanted step grows with the damping: at 1 a direction of mean curvature would move as
   * far as with little damping; below, softer directions move further and are held back for it.
   */
  private static final double STEP_GROWTH = 0.5;

  /**
   * Rounds of one kind.
   *
   * @param foretold whether the release is of {@link ForetoldGradients}, which knows its own step
   *     and factors
   * @param alongShifts whether the release is {@link PublicShifts}', which is label-free and steps
   *     by its own factors
   * @param labelFree whether records are weighted by their inputs before the clip
   * @param shrunk whether steps are shortened where the noise calls for it ({@link Round})
   * @param share of the budget, in terms of μ²
   * @param totalStep sum of the rounds' step sizes; 1 is a full (damped) Newton step
   */
  record Leg(
      boolean foretold,
      boolean alongShifts,
      boolean labelFree,
      boolean shrunk,
      int rounds,
      double share,
      double totalStep) {

    private static Leg foretold(double share) {
      return new Leg(true, false, false, false, 1, share, ForetoldGradients.STEP);
    }

    private static Leg alongShifts(double share) {
      return new Leg(false, true, true, false, 1, share, 1);
    }

    private static Leg inAllDirections(
        boolean labelFree, boolean shrunk, int rounds, double share, double totalStep) {
      return new Leg(false, false, labelFree, shrunk, rounds, share, totalStep);
    }

    GaussianBudget perRound(GaussianBudget whole) {
      return whole.share(share).perRound(rounds);
    }

    double stepSize() {
      return totalStep / rounds;
    }

    /**
     * One round of this leg at {@code theta}; the clip norm comes from public gradients there.
     *
     * @param curvature at {@code theta}
     * @param damping the plan's
     */
    Round round(FineTuningTask task, double[] theta, Curvature curvature, double damping) {
      if (foretold) {
        return foretoldGradients(task, theta, curvature, damping)
            .orElseThrow()
            .round(perRound(GaussianBudget.in(task)));
      }
      if (alongShifts) {
        return PublicShifts.of(task, theta, curvature.whitener(SHIFTS_DAMPING * damping))
            .round(perRound(GaussianBudget.in(task)), CLIP_QUANTILE);
      }
      Whitener whitener = curvature.whitener(damping);
      return new Round(
          whitener,
          new Terms(
              new L2Clip(clipNorm(task, theta, whitener, labelFree)),
              perRound(GaussianBudget.in(task)).noise()),
          labelFree,
          shrunk,
          stepSize());
    }

    Map<String, Object> describe() {
      return Map.of(
          "directions",
          foretold ? "foretold by inputs" : alongShifts ? "public shifts" : "all",
          "weighting",
          labelFree ? "label-free" : "norm clip",
          "shrinkage",
          shrunk ? "James-Stein" : "none",
          "rounds",
          rounds,
          "budgetShare",
          share,
          "stepSize",
          stepSize());
    }
  }

  /** As many rounds as the budget makes worth while. */
  static RoundsPlan automatic(FineTuningTask task, Curvature curvature) {
    if (hasShifts(task)) {
      return alongShifts(task, curvature, OptionalInt.empty());
    }
    double step = affordableStep(task, curvature);
    return step < SHORTEST_STEP
        ? loneOpening(task, curvature, LONE_OPENING_ROUNDS)
        : openingAndMore(curvature, LABEL_FREE_ROUNDS, step, labelFree(task));
  }

  /** Exactly {@code rounds} releases; with one, the one-shot mechanism. */
  static RoundsPlan ofRounds(FineTuningTask task, Curvature curvature, int rounds) {
    if (hasShifts(task)) {
      return alongShifts(task, curvature, OptionalInt.of(rounds));
    }
    return rounds == 1
        ? loneOpening(task, curvature, 1)
        : openingAndMore(curvature, rounds - 1, affordableStep(task, curvature), labelFree(task));
  }

  /**
   * The plan for a model of one logit.
   *
   * @param rounds in all; one goes along the shifts, a second, in a linear model, before it to
   *     foretold gradients. Empty where the plan decides
   */
  private static RoundsPlan alongShifts(
      FineTuningTask task, Curvature curvature, OptionalInt rounds) {
    double damping = DAMPING_AFTER_SHIFTS * damping(curvature);
    List<Leg> legs = new ArrayList<>();
    double rest = 1;
    // On networks the regression foretells less than its release costs (ADR 23).
    if (task.network().isLinear() && (rounds.isEmpty() || rounds.getAsInt() > 1)) {
      Optional<ForetoldGradients> foretold =
          foretoldGradients(task, task.theta(), curvature, damping);
      if (foretold.isPresent()) {
        double share = foretold.get().share(GaussianBudget.in(task));
        legs.add(Leg.foretold(share));
        rest -= share;
      }
    }
    double shifts = legs.isEmpty() ? LONE_SHIFTS_SHARE : SHIFTS_SHARE;
    double share = rest * (1 - shifts);
    double step = expectedBestStep(task, curvature, damping, share);
    int more =
        rounds.isPresent()
            ? rounds.getAsInt() - legs.size() - 1
            : step < SHORTEST_STEP_AFTER_SHIFTS ? 0 : roundsAfterShifts(step);
    legs.add(Leg.alongShifts(more == 0 ? rest : rest * shifts));
    if (more > 0) {
      double total = Math.min(step, more * LONGEST_STEP_OF_A_ROUND);
      legs.add(Leg.inAllDirections(true, false, more, share, total));
    }
    return new RoundsPlan(damping, legs);
  }

  private static int roundsAfterShifts(double step) {
    return Math.max(FEWEST_ROUNDS_AFTER_SHIFTS, (int) Math.ceil(step / LONGEST_STEP_OF_A_ROUND));
  }

  /** What inputs foretell at a point. */
  private static Optional<ForetoldGradients> foretoldGradients(
      FineTuningTask task, double[] theta, Curvature curvature, double damping) {
    return ForetoldGradients.of(task, theta, curvature.whitener(FORETOLD_DAMPING * damping));
  }

  /** Measured with label-free norms alone; there must be groups, and few enough directions. */
  private static boolean hasShifts(FineTuningTask task) {
    return labelFree(task) && !Geometry.isWide(task.subspace()) && PublicShifts.exist(task);
  }

  /** {@code s = g/(g + Q + S)}, between none and a full Newton step. */
  private static double expectedBestStep(
      FineTuningTask task, Curvature curvature, double damping, double share) {
    LabelFreeLengths lengths =
        PublicGradients.labelFreeLengths(task, task.theta(), curvature.whitener(damping));
    double records = task.nominalRecords();
    double clipNorm = lengths.quantile(CLIP_QUANTILE);
    double noise = clipNorm / GaussianBudget.in(task).share(share).signal(records);
    double chance = lengths.weightedSquare(clipNorm) / records;
    return EXPECTED_GAIN
        / (EXPECTED_GAIN + noise * noise * curvature.effectiveDimension(damping) + chance);
  }

  /**
   * The least damping at which the wanted step stays within the noise cost; where none does, the
   * damping that comes nearest, with the step that the cost allows. As the budget vanishes so does
   * the step.
   */
  private static RoundsPlan loneOpening(FineTuningTask task, Curvature curvature, int rounds) {
    double bestPart = 0;
    double bestDamping = damping(curvature);
    double bestStep = 0;
    for (double multiple : LONE_OPENING_DAMPINGS) {
      double damping = multiple * damping(curvature);
      double clipNorm = clipNorm(task, task.theta(), curvature.whitener(damping), false);
      double wanted = LONE_OPENING_STEP * Math.pow((1 + multiple) / 2, STEP_GROWTH);
      double affordable =
          affordableStep(
              task, GaussianBudget.in(task), clipNorm, curvature.effectiveDimension(damping));
      double part = Math.min(1, affordable / wanted);
      if (part > bestPart) {
        bestPart = part;
        bestDamping = damping;
        bestStep = part * wanted;
      }
    }
    return new RoundsPlan(
        bestDamping, List.of(Leg.inAllDirections(false, true, rounds, 1, bestStep)));
  }

  private static RoundsPlan openingAndMore(
      Curvature curvature, int rounds, double step, boolean labelFree) {
    return new RoundsPlan(
        damping(curvature),
        List.of(
            Leg.inAllDirections(false, false, 1, OPENING_SHARE, OPENING_STEP),
            Leg.inAllDirections(labelFree, false, rounds, 1 - OPENING_SHARE, step)));
  }

  private static double affordableStep(FineTuningTask task, Curvature curvature) {
    double damping = damping(curvature);
    double clipNorm = clipNorm(task, task.theta(), curvature.whitener(damping), labelFree(task));
    double step =
        affordableStep(
            task,
            GaussianBudget.in(task).share(1 - OPENING_SHARE),
            clipNorm,
            curvature.effectiveDimension(damping));
    return Math.min(LONGEST_STEP, step);
  }

  /** The total step whose noise costs {@link #NOISE_COST}, in however many equal rounds. */
  private static double affordableStep(
      FineTuningTask task, GaussianBudget budget, double clipNorm, double effectiveDimension) {
    return budget.signal(task.nominalRecords())
        / clipNorm
        * Math.sqrt(2 * NOISE_COST / effectiveDimension);
  }

  /** Directions of less than average curvature are damped: a scale that every model has. */
  private static double damping(Curvature curvature) {
    double damping = curvature.mean();
    if (!(damping > 0)) {
      throw new InvalidDataException(
          "the public data shows no curvature, so no step can be scaled (with huber: every residual"
              + " lies beyond the threshold, so raise it)");
    }
    return damping;
  }

  /** The label-free norm is known for one logit and plain cross-entropy only. */
  private static boolean labelFree(FineTuningTask task) {
    return task.network().outputs() == 1 && task.network().objective().equals(Loss.crossEntropy());
  }

  private static double clipNorm(
      FineTuningTask task, double[] theta, Whitener whitener, boolean labelFree) {
    if (labelFree) {
      return PublicGradients.labelFreeLengths(task, theta, whitener).quantile(CLIP_QUANTILE);
    }
    return PublicGradients.quantile(
        PublicGradients.sortedNorms(task, theta, whitener),
        task.network().objective().isRegression() ? NUMBER_CLIP_QUANTILE : CLIP_QUANTILE);
  }

  int rounds() {
    return legs.stream().mapToInt(Leg::rounds).sum();
  }

  List<Map<String, Object>> describe() {
    List<Map<String, Object>> described = new ArrayList<>();
    legs.forEach(leg -> described.add(leg.describe()));
    return described;
  }
}
