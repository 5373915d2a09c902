package org.quietune.cli;

import org.quietune.accounting.NeighboringRelation;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code add-remove} and {@code replace-one} as neighboring relations. */
final class AdjacencyConverter implements ITypeConverter<NeighboringRelation> {
  @Override
  public NeighboringRelation convert(String value) {
    return switch (value) {
      case "add-remove" -> NeighboringRelation.ADD_OR_REMOVE_ONE;
      case "replace-one" -> NeighboringRelation.REPLACE_ONE;
      default ->
          throw new TypeConversionException(
              "expected add-remove or replace-one, not '" + value + "'");
    };
  }

  /** As it is written on the command line. */
  static String inWords(NeighboringRelation relation) {
    return switch (relation) {
      case ADD_OR_REMOVE_ONE -> "add-remove";
      case REPLACE_ONE -> "replace-one";
    };
  }
}
