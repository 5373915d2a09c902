package org.quietune.tuning;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.quietune.geometry.Curvature;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.PublicStore;
import org.quietune.release.ReleaseContext;

/**
 * Rounds of the mechanism for classifiers of several classes with many trained directions: all of
 * them move, in coordinates whitened by the second moment of public gradients at labels drawn
 * uniformly, which is large wherever a label that the model does not expect would pull.
 *
 * <p>How far to go cannot be told from public data: it depends on how wrong the model is on the
 * private records. So a small share of the budget first buys one number, their mean misfit ({@link
 * LabelProbability}). The steps are as long as keeps the predicted noise cost of all rounds, {@code
 * ½ T² s² d_eff/(n̄μ)²} nats with s the longest step a single round may take (docs/theory.md §4.6),
 * at {@link #COST_PER_SQUARED_MISFIT} times the misfit squared: gradients that only the misfit
 * records have add up to a share of that size, and what a quadratic loss has to gain goes by the
 * square of its gradient. Where the misfit is not above its own noise, nothing more is spent.
 * Another share at the end buys the mean gain in the labels' probability; where that shows a loss
 * beyond its noise, the model stays as it was.
 *
 * <p>A round's step goes along the release and along public records' own gradients, clipped alike;
 * it is shortened where the release is certain to be long, as under a shift that all records share.
 *
 * <p>Guarantee: all releases together spend at most the budget's μ, which rounds follow depends on
 * earlier releases alone, and everything else is post-processing.
 */
final class NetworkRounds {
  static final String MISFIT = "misfit";
  static final String GAIN = "gain";

  /** Each of the two single numbers' share of μ², at most. */
  private static final double LARGEST_NUMBER_SHARE = 0.04;

  /** The deviation of their noise that is exact enough: a smaller share buys it where it can. */
  private static final double NUMBER_DEVIATION = 0.001;

  private static final int ROUNDS = 10;

  /** Where noise is this small against the records' pull, what rounds there are limits more. */
  private static final double SIGNAL_OF_MORE_ROUNDS = 800;

  private static final int MORE_ROUNDS = 20;

  /** Clip norm over √d_eff, the length of a gradient at a label drawn uniformly. */
  private static final double CLIP_MULTIPLE = 0.01;

  /** Predicted noise cost of all rounds, in nats, over the square of the misfit. */
  private static final double COST_PER_SQUARED_MISFIT = 15;

  /** A round's longest step wherever noise allows it, and however many records are misfit. */
  private static final double LONGEST_REACH = 3;

  /**
   * The same times the misfit, where that is longer: where few records pull, the mean is at most
   * that part of the longest step.
   */
  private static final double LONGEST_REACH_OF_FEW = 1;

  /**
   * What a round may move, in whitened coordinates, along the part of a release that is no noise.
   */
  private static final double LONGEST_MOVE = 1;

  /** The n̄μ at which damping is the mean curvature. */
  private static final double SIGNAL_OF_MEAN_DAMPING = 2350;

  /** Noise has variance (n̄μ)⁻² and acts on the fewer directions the more they are damped. */
  private static final double DAMPING_POWER = 1.5;

  /**
   * In units of the mean curvature of all tensors; what is above it, in units of each one's own.
   */
  private static final double LEAST_DAMPING = 0.1;

  private static final double MOST_DAMPING = 30;

  /** Weight of public gradients, over that of private ones, which hold what public ones lack. */
  private static final double PULL = 0.1;

  /**
   * The same where a class has hardly a public record. Private records may then be of such classes
   * alone, and nothing but the pull keeps the others.
   */
  private static final double PULL_BESIDE_NEW_CLASSES = 1;

  private final FineTuningTask task;
  private final OptionalInt rounds;
  private final OptionalDouble pull;

  /** Rounds whose noise a step accounts for: later ones take back what older ones added. */
  private final int counted;

  /** n̄μ of the whole budget over the relation's factor: sums over noise, at clip norm 1. */
  private final double signal;

  /** What becomes of each round before it is kept: itself, unless it is tuned over. */
  private final UnaryOperator<Round> scaling;

  /**
   * Rounds on a task.
   *
   * @param rounds empty for as many as the signal makes worth while
   * @param pull weight of public gradients; empty for what public labels suggest
   */
  NetworkRounds(
      FineTuningTask task, OptionalInt rounds, OptionalDouble pull, UnaryOperator<Round> scaling) {
    this.task = task;
    this.pull = pull;
    this.scaling = scaling;
    signal = GaussianBudget.in(task).signal(task.nominalRecords());
    this.rounds = rounds;
    counted = rounds.orElse(ROUNDS);
  }

  /**
   * What a run is bound to from its start on, whatever rule comes later.
   *
   * @param pull weight of public gradients
   */
  record Plan(int rounds, double pull) {
    private static final double EARLIER_SIGNAL_OF_MORE_ROUNDS = 12_000;

    /**
     * The plan of a run that is asked for neither rounds nor a weight.
     *
     * @param signal n̄μ of the whole budget, over the relation's factor
     * @param covered whether public records show every class
     */
    static Plan automatic(double signal, boolean covered) {
      return new Plan(
          signal < SIGNAL_OF_MORE_ROUNDS ? ROUNDS : MORE_ROUNDS,
          covered ? PULL : PULL_BESIDE_NEW_CLASSES);
    }

    /** That of the versions which kept no plan. */
    static Plan earlier(double signal) {
      return new Plan(signal < EARLIER_SIGNAL_OF_MORE_ROUNDS ? ROUNDS : MORE_ROUNDS, 1);
    }

    /** The same with what the user asked for. */
    private Plan asked(OptionalInt rounds, OptionalDouble pull) {
      return new Plan(rounds.orElse(this.rounds), pull.orElse(this.pull));
    }
  }

  private Plan plan(PublicStore store) {
    return store.keep(
        "plan",
        new PlanFormat<>(Plan.class),
        Plan.earlier(signal).asked(rounds, pull),
        () -> {
          boolean covered = task.publicData().covers(task.rowwise().classes());
          return Plan.automatic(signal, covered).asked(rounds, pull);
        });
  }

  /** What one number costs: the noise of a mean of numbers up to 1 has deviation 1/(n̄μ√share). */
  static double numberShare(double signal) {
    double exact = 1 / (signal * NUMBER_DEVIATION);
    return Math.min(LARGEST_NUMBER_SHARE, exact * exact);
  }

  FineTuned run(ReleaseContext context, RoundListener listener) {
    GaussianBudget budget = GaussianBudget.in(task);
    double share = numberShare(signal);
    GaussianBudget number = budget.share(share);
    Plan plan = plan(context.publicStore());
    GaussianBudget perRound = budget.share(1 - 2 * share).perRound(plan.rounds());
    NoisySum misfit = LabelProbability.misfit(MISFIT, task, task.theta(), number, context);
    double missing = Math.min(1, misfit.vector()[0] / task.nominalRecords());
    double deviation = 1 / (signal * Math.sqrt(share));
    List<NoisySum> releases = new ArrayList<>(List.of(misfit));
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("subspace", task.subspace().summary());
    settings.put(
        "curvature",
        task.form().summary() + ", uniform labels, damped by tensor, anew in every round");
    settings.put("misfit", missing);
    settings.put("misfitDeviation", deviation);
    if (missing <= deviation) {
      settings.put("outcome", "unchanged: the misfit is not above its noise");
      return new FineTuned(task.theta(), releases, settings);
    }
    settings.put("rounds", plan.rounds());
    settings.put("dampingMultiple", dampingMultiple(signal));
    settings.put("clipMultiple", CLIP_MULTIPLE);
    PublicAid aid = new PublicAid(true, plan.pull());
    aid.describe(task, settings);
    double[] theta = task.theta();
    for (int t = 1; t <= plan.rounds(); t++) {
      String name = Round.name(t);
      double[] here = theta;
      Round round =
          context
              .publicStore()
              .keep(name, new RoundFormat(), () -> scaling.apply(round(here, missing, perRound)));
      int pass = t;
      NoisySum sum = round.release(task, theta, context, name, map -> aid.on(task, map, pass));
      releases.add(sum);
      theta = step(theta, round, sum, aid, t, context.publicStore());
      listener.roundDone(t, plan.rounds());
    }
    NoisySum gain = LabelProbability.gain(GAIN, task, task.theta(), theta, number, context);
    releases.add(gain);
    double gained = gain.vector()[0] / task.nominalRecords();
    boolean keep = keeps(gained, deviation);
    settings.put("gain", gained);
    settings.put("gainDeviation", deviation);
    settings.put("outcome", keep ? "tuned" : "unchanged: a loss was measured");
    return new FineTuned(keep ? theta : task.theta(), releases, settings);
  }

  /**
   * A small true gain would be lost half the time if a measured one had to be positive; one
   * deviation below zero is evidence that the model got worse.
   */
  static boolean keeps(double gained, double deviation) {
    return gained > -deviation;
  }

  /**
   * A step along the release and the clipped mean gradient of public records, which the mean over
   * private ones is to outweigh: what the model knew is forgotten only for what is learned.
   *
   * @param pass number of the round
   */
  private double[] step(
      double[] theta, Round round, NoisySum sum, PublicAid aid, int pass, PublicStore store) {
    double[] both = sum.vector().clone();
    aid.addTo(
        both,
        task.nominalRecords(),
        store,
        Round.name(pass),
        () ->
            PublicGradients.clippedMean(
                task,
                pass,
                theta,
                round.whitener().whitening(task.subspace()),
                round.terms().clip().clipNorm()));
    double move =
        round.stepSize()
            * lengthBeyondNoise(sum.vector(), sum.plan().noiseScale())
            / task.nominalRecords();
    double factor = move > LONGEST_MOVE ? LONGEST_MOVE / move : 1;
    return round.scaled(1, factor).step(task, theta, both);
  }

  /**
   * Length of the true sum of a release as far as it is beyond doubt: ‖y‖² exceeds its square by k
   * τ² in the mean, with deviation √(2k) τ² where the sum is small, of which two are taken off.
   */
  static double lengthBeyondNoise(double[] vector, double noiseScale) {
    double squared = 0;
    for (double value : vector) {
      squared += value * value;
    }
    double k = vector.length;
    double noise = (k + 2 * Math.sqrt(2 * k)) * noiseScale * noiseScale;
    return Math.sqrt(Math.max(0, squared - noise));
  }

  private Round round(double[] theta, double misfit, GaussianBudget perRound) {
    Curvature plain = task.curvatureAtUnknownLabels(theta);
    double multiple = dampingMultiple(signal);
    double damping = multiple * plain.mean();
    Curvature curvature = plain.leveled(1 - LEAST_DAMPING / multiple);
    double dimension = curvature.effectiveDimension(damping);
    double clipNorm = CLIP_MULTIPLE * Math.sqrt(dimension);
    return new Round(
        curvature.whitener(damping),
        new Terms(new L2Clip(clipNorm), perRound.noise()),
        false,
        false,
        reach(signal, counted, dimension, misfit) / clipNorm);
  }

  /** Damping over mean curvature: the more noise, the fewer directions count. */
  static double dampingMultiple(double signal) {
    double multiple = Math.pow(SIGNAL_OF_MEAN_DAMPING / signal, DAMPING_POWER);
    return Math.min(MOST_DAMPING, Math.max(LEAST_DAMPING, multiple));
  }

  /**
   * The longest step of a round, in whitened coordinates: step size times clip norm.
   *
   * @param signal n̄μ of the whole budget, over the relation's factor
   * @param rounds whose noise is counted
   * @param dimension d_eff
   */
  static double reach(double signal, int rounds, double dimension, double misfit) {
    double affordable =
        Math.sqrt(2 * COST_PER_SQUARED_MISFIT) * misfit * signal / (rounds * Math.sqrt(dimension));
    double longest = Math.max(LONGEST_REACH, LONGEST_REACH_OF_FEW / misfit);
    return Math.min(longest, affordable);
  }
}
