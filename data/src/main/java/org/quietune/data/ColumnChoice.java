package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The columns of a file that are read, and in what part. */
final class ColumnChoice {
  private static final String NO_LABEL = "'NaN'::DOUBLE";

  private final int[] features;
  private final OptionalInt label;
  private final OptionalInt unit;

  private ColumnChoice(int[] features, OptionalInt label, OptionalInt unit) {
    this.features = features;
    this.label = label;
    this.unit = unit;
  }

  /**
   * Finds the columns.
   *
   * @throws InvalidDataException if one is missing, holds no numbers by the file's schema, or is
   *     asked for in two parts
   */
  static ColumnChoice of(
      DataFile file, List<String> featureColumns, String labelColumn, Optional<String> unitColumn) {
    int[] features = features(file, featureColumns);
    if (featureColumns.contains(labelColumn)) {
      throw new InvalidDataException(
          file.name() + ": column " + quoted(labelColumn) + " is both a feature and the label");
    }
    if (unitColumn.filter(labelColumn::equals).isPresent()) {
      throw new InvalidDataException(
          file.name() + ": column " + quoted(labelColumn) + " is both the unit and the label");
    }
    int label = file.indexOf(labelColumn);
    OptionalInt unit =
        unitColumn.isPresent()
            ? OptionalInt.of(file.indexOf(unitColumn.get()))
            : OptionalInt.empty();
    RecordSource source = file.source();
    source.requireNumeric(label);
    unit.ifPresent(source::requireUnit);
    return new ColumnChoice(features, OptionalInt.of(label), unit);
  }

  /**
   * Finds the columns of features; no label is read.
   *
   * @throws InvalidDataException if one is missing, or holds no numbers by the file's schema
   */
  static ColumnChoice unlabelled(DataFile file, List<String> featureColumns) {
    return new ColumnChoice(
        features(file, featureColumns), OptionalInt.empty(), OptionalInt.empty());
  }

  private static int[] features(DataFile file, List<String> columns) {
    if (columns.isEmpty() || new HashSet<>(columns).size() != columns.size()) {
      throw new IllegalArgumentException(
          "featureColumns must be distinct and at least one, was " + columns);
    }
    int[] features = columns.stream().mapToInt(file::indexOf).toArray();
    RecordSource source = file.source();
    for (int column : features) {
      source.requireNumeric(column);
    }
    return features;
  }

  int width() {
    return features.length;
  }

  /** The file's number of feature {@code i}. */
  int feature(int i) {
    return features[i];
  }

  /** The file's number of the label; empty where none is read. */
  OptionalInt label() {
    return label;
  }

  OptionalInt unit() {
    return unit;
  }

  /** SQL: the features, then the label, NaN where none is read, then the unit if there is one. */
  String query(TableSource source) {
    StringBuilder sql = new StringBuilder("SELECT ");
    for (int column : features) {
      sql.append(source.number(column)).append(", ");
    }
    sql.append(label.isPresent() ? source.number(label.getAsInt()) : NO_LABEL);
    sql.append(" AS label");
    unit.ifPresent(column -> sql.append(", ").append(source.text(column)).append(" AS unit"));
    return sql.append(" FROM ").append(source.relation()).toString();
  }

  /** The same, then a column that is true in one more row at the end, and false before. */
  String markedQuery(TableSource source) {
    String nothing = "NULL, ".repeat(features.length + (unit.isPresent() ? 2 : 1));
    return "SELECT *, false FROM (" + query(source) + ") UNION ALL SELECT " + nothing + "true";
  }
}
