package org.quietune.cli;

import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

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
}
