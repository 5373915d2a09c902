package org.quietune.tuning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.quietune.data.Example;
import org.quietune.data.InvalidDataException;
import org.quietune.geometry.Curvature;
import org.quietune.geometry.Subspace;
import org.quietune.model.Network;
import org.quietune.model.RowwiseNetwork;
import org.quietune.release.NoisySum;
import org.quietune.release.PublicStore;
import org.quietune.release.ReleaseContext;

/**
 * The quadratic exponential mechanism: density ∝ exp(βu) for the utility {@code u(z; D) =
 * −½(z−z₀)ᵀA(z−z₀) − ⟨G(D), z−z₀⟩}, {@code A = n̄(H+λI)} from public data and G(D) the sum over
 * units of clipped gradients. The law is exactly {@code N(z₀ − A⁻¹G, (βA)⁻¹)}: a sum of whitened
 * gradients released through the door, mapped back by the whitener's root (docs/theory.md §2).
 *
 * <p>Guarantee: the releases compose to at most the budget's μ (Theorems 1 and 3), under the
 * budget's relation and the records' privacy unit. Everything else here is post-processing of
 * releases, or computed from public data.
 *
 * <p>With one round it is one-shot. In rounds it is re-centred at each released point, with the
 * curvature computed anew there; {@link RoundsPlan} says how many, and how far each goes; {@link
 * Locality} cuts what the quadratic model is no guide to. {@link NetworkRounds} does where several
 * classes meet many directions.
 */
public final class QuadraticExponentialMechanism implements FineTuningMethod {
  /** Rounds asked for; empty where the plan decides. */
  private final OptionalInt rounds;

  /** Weight of public gradients asked for; empty where the plan decides. */
  private final OptionalDouble pull;

  /** Of what is chosen automatically; 1 unless it is tuned over. */
  private final double clipMultiple;

  private final double stepMultiple;

  private QuadraticExponentialMechanism(
      OptionalInt rounds, OptionalDouble pull, double clipMultiple, double stepMultiple) {
    this.rounds = rounds;
    this.pull = pull;
    this.clipMultiple = clipMultiple;
    this.stepMultiple = stepMultiple;
  }

  private QuadraticExponentialMechanism(OptionalInt rounds) {
    this(rounds, OptionalDouble.empty(), 1, 1);
  }

  /** Around the automatic choice, which comes first. */
  public static TuningGrid grid() {
    List<FineTuningMethod> methods = new ArrayList<>();
    for (OptionalInt rounds : List.of(OptionalInt.empty(), OptionalInt.of(4))) {
      for (double clip : new double[] {1, 0.3, 3}) {
        for (double step : new double[] {1, 0.5, 2}) {
          methods.add(
              new QuadraticExponentialMechanism(rounds, OptionalDouble.empty(), clip, step));
        }
      }
    }
    return new TuningGrid(
        methods,
        "rounds automatic or 4, clip norms [0.3, 1, 3] × and step sizes [0.5, 1, 2] × the automatic"
            + " choice");
  }

  /** As many releases as the budget makes worth while. */
  public static QuadraticExponentialMechanism automatic() {
    return new QuadraticExponentialMechanism(OptionalInt.empty());
  }

  /** A fixed number of releases; with one, the one-shot mechanism on the whole budget. */
  public static QuadraticExponentialMechanism ofRounds(int rounds) {
    if (rounds < 1) {
      throw new IllegalArgumentException("rounds must be positive: " + rounds);
    }
    return new QuadraticExponentialMechanism(OptionalInt.of(rounds));
  }

  /**
   * The same with a weight of its own for the gradients of public records, beside the mean over
   * private ones: the more, the more of what the model knew is kept. Post-processing at any weight.
   *
   * @param weight finite, not negative
   */
  public QuadraticExponentialMechanism pulledBy(double weight) {
    PublicAid.requireWeight(weight);
    return new QuadraticExponentialMechanism(
        rounds, OptionalDouble.of(weight), clipMultiple, stepMultiple);
  }

  @Override
  public void requireFit(RowwiseNetwork network, Subspace subspace) {
    if (pull.isPresent() && !pulls(network, subspace)) {
      throw new InvalidDataException(
          "--public-pull belongs to classifiers of three and more classes with more than "
              + Geometry.LARGEST_DENSE
              + " trained directions");
    }
  }

  /** Whether {@link NetworkRounds} are what moves a model. */
  private static boolean pulls(RowwiseNetwork network, Subspace subspace) {
    return network.classes() > 2 && Geometry.isWide(subspace);
  }

  @Override
  public void requireBudget(PrivacyBudget budget) {
    GaussianBudget.from(budget);
  }

  @Override
  public String name() {
    return rounds.isPresent() && rounds.getAsInt() == 1 ? "qem one-shot" : "qem in rounds";
  }

  @Override
  public Subspace subspace(Network network, double[] theta, List<Example> publicData) {
    return Geometry.automaticSubspace(network, theta, publicData);
  }

  @Override
  public FineTuned run(FineTuningTask task, ReleaseContext context, RoundListener listener) {
    if (pulls(task.rowwise(), task.subspace())) {
      return new NetworkRounds(task, rounds, pull, this::scaled).run(context, listener);
    }
    LatestCurvature curvature = new LatestCurvature(task);
    PublicStore store = context.publicStore();
    RoundsPlan plan =
        store.keep("plan", new PlanFormat<>(RoundsPlan.class), () -> plan(task, curvature));
    double[] theta = task.theta();
    List<NoisySum> releases = new ArrayList<>();
    List<Double> parts = new ArrayList<>();
    for (RoundsPlan.Leg leg : plan.legs()) {
      for (int t = 0; t < leg.rounds(); t++) {
        String name = Round.name(releases.size() + 1);
        double[] here = theta;
        Round round =
            store.keep(
                name,
                new RoundFormat(),
                () -> scaled(leg.round(task, here, curvature.at(here), plan.damping())));
        NoisySum sum = round.release(task, theta, context, name);
        releases.add(sum);
        double[] stepped = round.step(task, theta, sum);
        double part = part(task, theta, stepped, store, name);
        parts.add(part);
        theta = part == 1 ? stepped : Locality.between(theta, stepped, part);
        listener.roundDone(releases.size(), plan.rounds());
      }
    }
    return new FineTuned(theta, releases, settings(task, plan, parts));
  }

  /** The part of a step along which the model is as good as linear; kept, for machines differ. */
  private static double part(
      FineTuningTask task, double[] from, double[] to, PublicStore store, String round) {
    return task.network().isLinear()
        ? 1
        : store
            .keep(
                round + "-part",
                new MatrixFormat(),
                () ->
                    new double[] {Locality.part(task.network(), from, to, task.labelledSample())})[
            0];
  }

  private Round scaled(Round round) {
    return clipMultiple == 1 && stepMultiple == 1
        ? round
        : round.scaled(clipMultiple, stepMultiple);
  }

  private RoundsPlan plan(FineTuningTask task, LatestCurvature curvature) {
    Curvature here = curvature.at(task.theta());
    return rounds.isEmpty()
        ? RoundsPlan.automatic(task, here)
        : RoundsPlan.ofRounds(task, here, rounds.getAsInt());
  }

  private Map<String, Object> settings(FineTuningTask task, RoundsPlan plan, List<Double> parts) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("subspace", task.subspace().summary());
    settings.put("curvature", task.form().summary() + " on public data, anew in every round");
    settings.put("damping", plan.damping());
    settings.put("legs", plan.describe());
    if (parts.stream().anyMatch(part -> part < 1)) {
      settings.put("partsOfSteps", parts);
    }
    if (clipMultiple != 1 || stepMultiple != 1) {
      settings.put("clipMultiple", clipMultiple);
      settings.put("stepMultiple", stepMultiple);
    }
    return settings;
  }

  /** The plan and the first round look at the same point. */
  private static final class LatestCurvature {
    private final FineTuningTask task;
    private double[] point = new double[0];
    private @Nullable Curvature curvature;

    LatestCurvature(FineTuningTask task) {
      this.task = task;
    }

    Curvature at(double[] theta) {
      Curvature known = curvature;
      if (known == null || !Arrays.equals(point, theta)) {
        known = task.curvature(theta);
        curvature = known;
        point = theta.clone();
      }
      return known;
    }
  }
}
