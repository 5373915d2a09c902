package org.quietune.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.accounting.Calibration;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianDpAccountant;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PldAccountant;
import org.quietune.accounting.PoissonSubsampledGaussianEvent;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.SelfComposedEvent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Converts between (ε, δ) and the noise of the Gaussian mechanism: exactly, or by privacy loss
 * distributions where each step sees a Poisson sample.
 */
@Command(
    name = "epsilon",
    mixinStandardHelpOptions = true,
    description =
        "Converts between (ε, δ), μ and the noise multiplier: by the exact Gaussian curve, or, with"
            + " --sampling-probability, by privacy loss distributions.",
    footer = {
      "",
      "ε and δ are rounded up, μ down, noise up: what is printed is never better than the truth.",
      "Examples:",
      "  quietune epsilon --noise-multiplier 2 --steps 10 --delta 1e-5",
      "  quietune epsilon --epsilon 1 --delta 1e-5",
      "  quietune epsilon --noise-multiplier 1.1 --delta 1e-5 \\",
      "    --sampling-probability 0.01 --steps 1000",
      "  quietune epsilon --epsilon 2 --delta 1e-5 \\",
      "    --sampling-probability 0.01 --steps 1000"
    })
final class EpsilonCommand implements Callable<Integer> {
  private static final String GAUSSIAN = "gaussian-dp";

  @Spec private @Nullable CommandSpec spec;
  @Mixin private final JsonOption json = new JsonOption();

  @Option(
      names = "--mu",
      paramLabel = "M",
      description = "Gaussian-DP parameter of one release; gives ε")
  private @Nullable Double mu;

  @Option(
      names = "--noise-multiplier",
      paramLabel = "S",
      description = "noise deviation over clip norm; gives ε")
  private @Nullable Double noiseMultiplier;

  @Option(names = "--epsilon", paramLabel = "E", description = "gives μ and the noise multiplier")
  private @Nullable Double epsilon;

  @Option(names = "--delta", paramLabel = "D", required = true, description = "in (0, 1)")
  private double delta;

  @Option(
      names = "--steps",
      paramLabel = "T",
      defaultValue = "1",
      description = "equal releases (default: ${DEFAULT-VALUE})")
  private int steps;

  @Option(
      names = "--sampling-probability",
      paramLabel = "Q",
      description = "each unit is in a step's sample with this probability (default: no sampling)")
  private @Nullable Double samplingProbability;

  @Option(
      names = "--adjacency",
      paramLabel = "RELATION",
      defaultValue = "add-remove",
      converter = AdjacencyConverter.class,
      description = "add-remove or replace-one (default: ${DEFAULT-VALUE})")
  private NeighboringRelation relation = NeighboringRelation.ADD_OR_REMOVE_ONE;

  @Override
  public Integer call() {
    Flags flags = new Flags(spec);
    flags.delta(delta);
    flags.require(steps >= 1, "--steps must be at least 1: " + steps);
    int given =
        (mu == null ? 0 : 1) + (noiseMultiplier == null ? 0 : 1) + (epsilon == null ? 0 : 1);
    if (given != 1) {
      throw new ParameterException(
          flags.commandLine(), "give exactly one of --mu, --noise-multiplier and --epsilon");
    }
    if (samplingProbability != null) {
      checkSampling(flags, samplingProbability);
    }
    json.print(flags.commandLine().getOut(), epsilon != null ? noise(flags, epsilon) : loss(flags));
    return 0;
  }

  private void checkSampling(Flags flags, double probability) {
    flags.require(
        probability >= 0 && probability <= 1,
        "--sampling-probability must be between 0 and 1: " + probability);
    flags.require(
        relation == NeighboringRelation.ADD_OR_REMOVE_ONE,
        "--sampling-probability needs --adjacency add-remove: no bound is known to this command"
            + " for replace-one");
    flags.require(
        mu == null, "--sampling-probability goes with --noise-multiplier or --epsilon, not --mu");
  }

  /** ε of given noise. */
  private Map<String, Object> loss(Flags flags) {
    Map<String, Object> result = new LinkedHashMap<>();
    if (mu != null) {
      flags.positive("--mu", mu);
      double[] each = new double[steps];
      Arrays.fill(each, mu);
      double total = GaussianDp.compose(each);
      result.put("epsilon", GaussianDp.epsilon(total, delta));
      result.put("delta", delta);
      result.put("mu", total);
      result.put("steps", steps);
      result.put("accountant", GAUSSIAN);
      return result;
    }
    double multiplier = Objects.requireNonNull(noiseMultiplier);
    flags.require(
        multiplier >= 1e-300 && multiplier <= 1e300,
        "--noise-multiplier must be between 1e-300 and 1e300: " + multiplier);
    if (samplingProbability != null) {
      PldAccountant accountant = new PldAccountant(relation);
      accountant.compose(sampled(samplingProbability, multiplier));
      result.put("epsilon", accountant.epsilon(delta));
      result.put("delta", delta);
      putSampling(result, multiplier);
      return result;
    }
    GaussianDpAccountant accountant = new GaussianDpAccountant(relation);
    accountant.compose(new SelfComposedEvent(new GaussianEvent(multiplier), steps));
    result.put("epsilon", accountant.epsilon(delta));
    result.put("delta", delta);
    result.put("mu", accountant.mu());
    result.put("noiseMultiplier", multiplier);
    result.put("steps", steps);
    result.put("accountant", GAUSSIAN);
    return result;
  }

  /** Noise for a given ε. */
  private Map<String, Object> noise(Flags flags, double target) {
    flags.positive("--epsilon", target);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("epsilon", target);
    result.put("delta", delta);
    if (samplingProbability != null) {
      double probability = samplingProbability;
      putSampling(
          result,
          new Calibration(() -> new PldAccountant(relation))
              .noiseMultiplier(noise -> sampled(probability, noise), target, delta));
      return result;
    }
    double total = GaussianDp.mu(target, delta);
    result.put("mu", total);
    result.put("noiseMultiplier", Calibration.gaussianNoiseMultiplier(relation, total, steps));
    result.put("steps", steps);
    result.put("accountant", GAUSSIAN);
    return result;
  }

  private PrivacyEvent sampled(double probability, double noise) {
    return new SelfComposedEvent(new PoissonSubsampledGaussianEvent(probability, noise), steps);
  }

  private void putSampling(Map<String, Object> result, double noise) {
    result.put("noiseMultiplier", noise);
    result.put("samplingProbability", Objects.requireNonNull(samplingProbability));
    result.put("steps", steps);
    result.put("accountant", "pld");
  }
}
