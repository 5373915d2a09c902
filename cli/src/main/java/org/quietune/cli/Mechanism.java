package org.quietune.cli;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.PureExponentialMechanism;
import org.quietune.tuning.QuadraticExponentialMechanism;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What {@code --mechanism} may name. */
enum Mechanism {
  QEM("qem", false),
  PURE("pure", true);

  private final String flag;
  private final boolean pure;

  /**
   * A mechanism.
   *
   * @param flag its name on the command line
   * @param pure whether its guarantee has δ = 0
   */
  Mechanism(String flag, boolean pure) {
    this.flag = flag;
    this.pure = pure;
  }

  boolean isPure() {
    return pure;
  }

  /**
   * The method that carries it out.
   *
   * @param rounds as asked for; the mechanism's own choice where empty
   * @throws IllegalArgumentException where it has no such number of rounds
   */
  FineTuningMethod method(OptionalInt rounds) {
    return switch (this) {
      case QEM ->
          rounds.isEmpty()
              ? QuadraticExponentialMechanism.automatic()
              : QuadraticExponentialMechanism.ofRounds(rounds.getAsInt());
      case PURE -> {
        if (rounds.orElse(1) != 1) {
          throw new IllegalArgumentException(
              "--rounds must be auto or 1 with --mechanism pure: every round adds its own epsilon");
        }
        yield new PureExponentialMechanism();
      }
    };
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
    String known =
        Arrays.stream(values())
            .map(mechanism -> mechanism.flag)
            .collect(Collectors.joining(" or "));
    throw new IllegalArgumentException("expected " + known + ", not '" + name + "'");
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
