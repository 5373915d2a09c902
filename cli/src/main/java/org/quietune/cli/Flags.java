package org.quietune.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Checks of flag values, before anything is read, written or spent. */
final class Flags {
  private final CommandLine commandLine;

  Flags(@Nullable CommandSpec spec) {
    this.commandLine = Objects.requireNonNull(spec, "picocli sets the spec").commandLine();
  }

  CommandLine commandLine() {
    return commandLine;
  }

  void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(commandLine, message);
    }
  }

  /** Refuses to go on without options that not every use of the command needs. */
  void requireGiven(String... names) {
    List<String> missing =
        Arrays.stream(names)
            .filter(name -> !given().hasMatchedOption(name))
            .map(name -> "'" + name + "=" + option(name).paramLabel() + "'")
            .toList();
    require(
        missing.isEmpty(),
        (missing.size() == 1 ? "Missing required option: " : "Missing required options: ")
            + String.join(", ", missing));
  }

  /** Refuses every option that was given beside {@code name} but those allowed. */
  void refuseBeside(String name, String... allowed) {
    for (OptionSpec option : given().matchedOptions()) {
      String other = option.longestName();
      require(
          other.equals(name) || Arrays.asList(allowed).contains(other),
          other + " cannot be given with " + name + ": the run has its own");
    }
  }

  private ParseResult given() {
    return commandLine.getParseResult();
  }

  private OptionSpec option(String name) {
    return Objects.requireNonNull(commandLine.getCommandSpec().findOption(name), name);
  }

  /** The value, or a refusal that says what its own check says. */
  <T> T accepts(Supplier<T> value, String prefix) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandLine, prefix + e.getMessage(), e);
    }
  }

  void positive(String flag, double value) {
    require(
        value > 0 && value < Double.POSITIVE_INFINITY,
        flag + " must be positive and finite: " + value);
  }

  void atLeastOne(String flag, double value) {
    require(
        value >= 1 && value < Double.POSITIVE_INFINITY,
        flag + " must be at least 1 and finite: " + value);
  }

  void delta(double delta) {
    require(delta > 0 && delta < 1, "--delta must lie between 0 and 1: " + delta);
  }

  /** A δ that may be 0: of a pure guarantee. */
  void deltaOrZero(double delta) {
    require(delta >= 0 && delta < 1, "--delta must lie in [0, 1): " + delta);
  }
}
