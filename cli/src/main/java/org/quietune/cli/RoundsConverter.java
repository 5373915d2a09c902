package org.quietune.cli;

import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code auto} as empty, or a number of rounds from 1 up. */
final class RoundsConverter implements ITypeConverter<OptionalInt> {
  static final String AUTO = "auto";

  @Override
  public OptionalInt convert(String value) {
    if (value.equals(AUTO)) {
      return OptionalInt.empty();
    }
    try {
      int rounds = Integer.parseInt(value);
      if (rounds >= 1) {
        return OptionalInt.of(rounds);
      }
    } catch (NumberFormatException e) {
      // Falls through to the one refusal below.
    }
    throw new TypeConversionException("expected auto or a number from 1 up, not '" + value + "'");
  }
}
