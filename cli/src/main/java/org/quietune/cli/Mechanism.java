package org.quietune.cli;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quietune.tuning.Baseline;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.PureExponentialMechanism;
import org.quietune.tuning.QuadraticExponentialMechanism;
import org.quietune.tuning.TuningGrid;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What {@code --mechanism} may name. */
enum Mechanism {
  QEM("qem", false),
  PURE("pure", true),
  DP_SGD(Baseline.DP_SGD),
  DP_ADAM(Baseline.DP_ADAM),
  DP_GD(Baseline.DP_GD),
  DP_GD_AUGMENTED(Baseline.DP_GD_AUGMENTED),
  DP_KFC(Baseline.DP_KFC),
  HEAD_ONLY(Baseline.HEAD_ONLY),
  LORA_XS(Baseline.LORA_XS),
  BITFIT(Baseline.BITFIT),
  ISOTROPIC(Baseline.ISOTROPIC),
  OUTPUT_PERTURBATION(Baseline.OUTPUT_PERTURBATION),
  OBJECTIVE_PERTURBATION(Baseline.OBJECTIVE_PERTURBATION),
  ADA_SSP(Baseline.ADA_SSP);

  private final String flag;
  private final boolean pure;
  private final @Nullable Baseline baseline;

  /**
   * A mechanism.
   *
   * @param flag its name on the command line
   * @param pure whether its guarantee has δ = 0
   */
  Mechanism(String flag, boolean pure) {
    this.flag = flag;
    this.pure = pure;
    this.baseline = null;
  }

  /** A method to compare with, in its standard setting. */
  Mechanism(Baseline baseline) {
    this.flag = baseline.flag();
    this.pure = false;
    this.baseline = baseline;
  }

  /** Whether directions and curvature may be chosen apart from it. */
  boolean takesGeometry() {
    return this == QEM || this == PURE;
  }

  boolean isPure() {
    return pure;
  }

  /**
   * The method that carries it out.
   *
   * @param rounds as asked for; the mechanism's own choice where empty
   * @param pull weight of public gradients as asked for; looked at by {@link #QEM} alone
   * @throws IllegalArgumentException where it has no such number of rounds
   */
  FineTuningMethod method(OptionalInt rounds, OptionalDouble pull) {
    if (baseline != null) {
      return baseline.method(rounds);
    }
    return switch (this) {
      case QEM -> {
        QuadraticExponentialMechanism qem =
            rounds.isEmpty()
                ? QuadraticExponentialMechanism.automatic()
                : QuadraticExponentialMechanism.ofRounds(rounds.getAsInt());
        yield pull.isEmpty() ? qem : qem.pulledBy(pull.getAsDouble());
      }
      case PURE -> {
        if (rounds.orElse(1) != 1) {
          throw new IllegalArgumentException(
              "--rounds must be auto or 1 with --mechanism pure: every round adds its own epsilon");
        }
        yield new PureExponentialMechanism();
      }
      default -> throw new IllegalStateException("no method for " + this);
    };
  }

  /**
   * What {@code --tune} selects from.
   *
   * @throws IllegalArgumentException where there is nothing
   */
  TuningGrid grid() {
    if (baseline != null) {
      return baseline.grid();
    }
    if (this == QEM) {
      return QuadraticExponentialMechanism.grid();
    }
    throw new IllegalArgumentException(
        "--tune needs Gaussian releases, and --mechanism " + flag + " has none");
  }

  String flag() {
    return flag;
  }

  /**
   * The mechanism of a name on the command line.
   *
   * @throws IllegalArgumentException where there is none
   */
  static Mechanism of(String name) {
    for (Mechanism mechanism : values()) {
      if (mechanism.flag.equals(name)) {
        return mechanism;
      }
    }
    throw new IllegalArgumentException("expected one of " + names() + ", not '" + name + "'");
  }

  /** All names, for a message. */
  private static String names() {
    return Arrays.stream(values())
        .map(mechanism -> mechanism.flag)
        .collect(Collectors.joining(", "));
  }

  /** From the name on the command line. */
  static final class Converter implements ITypeConverter<Mechanism> {
    @Override
    public Mechanism convert(String value) {
      try {
        return of(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
