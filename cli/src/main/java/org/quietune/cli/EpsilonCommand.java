package org.quietune.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.tuning.PrivacyBudget;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Converts between (ε, δ), μ and the noise multiplier of the Gaussian mechanism, exactly. */
@Command(
    name = "epsilon",
    mixinStandardHelpOptions = true,
    description =
        "Converts between (ε, δ), μ and the noise multiplier, by the exact Gaussian curve.",
    footer = {
      "",
      "ε and δ are rounded up, μ down: what is printed is never better than the truth.",
      "Examples:",
      "  quietune epsilon --noise-multiplier 2 --steps 10 --delta 1e-5",
      "  quietune epsilon --epsilon 1 --delta 1e-5"
    })
final class EpsilonCommand implements Callable<Integer> {
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
    Map<String, Object> result = epsilon != null ? fromEpsilon(flags, epsilon) : toEpsilon(flags);
    json.print(flags.commandLine().getOut(), result);
    return 0;
  }

  private Map<String, Object> toEpsilon(Flags flags) {
    double[] each = new double[steps];
    if (mu != null) {
      flags.positive("--mu", mu);
      Arrays.fill(each, mu);
    } else {
      double multiplier = Objects.requireNonNull(noiseMultiplier);
      flags.positive("--noise-multiplier", multiplier);
      Arrays.fill(each, relation.sensitivityFactor() * GaussianDp.muOf(multiplier));
    }
    double total = GaussianDp.compose(each);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("epsilon", GaussianDp.epsilon(total, delta));
    result.put("delta", delta);
    result.put("mu", total);
    return result;
  }

  private Map<String, Object> fromEpsilon(Flags flags, double target) {
    flags.positive("--epsilon", target);
    double total = GaussianDp.mu(target, delta);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("epsilon", target);
    result.put("delta", delta);
    result.put("mu", total);
    double each = new PrivacyBudget(total, relation).perRound(steps).mu();
    result.put("noiseMultiplier", relation.sensitivityFactor() * GaussianDp.noiseMultiplier(each));
    return result;
  }
}
