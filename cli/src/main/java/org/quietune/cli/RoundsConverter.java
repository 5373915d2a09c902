package org.quietune.cli;

import org.quietune.tuning.QuadraticExponentialMechanism;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code auto}, {@code 1} or a number of rounds as the mechanism that runs them. */
final class RoundsConverter implements ITypeConverter<QuadraticExponentialMechanism> {
  @Override
  public QuadraticExponentialMechanism convert(String value) {
    if (value.equals("auto")) {
      return QuadraticExponentialMechanism.automatic();
    }
    try {
      return QuadraticExponentialMechanism.ofRounds(Integer.parseInt(value));
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException("expected auto or a number from 1 up, not '" + value + "'");
    }
  }
}
