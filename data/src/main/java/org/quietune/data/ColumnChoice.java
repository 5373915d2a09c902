package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The columns of a file that are read, and in what part. */
final class ColumnChoice {
  private final int[] features;
  private final int label;
  private final OptionalInt unit;

  private ColumnChoice(int[] features, int label, OptionalInt unit) {
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
    Set<String> distinct = new HashSet<>(featureColumns);
    if (featureColumns.isEmpty() || distinct.size() != featureColumns.size()) {
      throw new IllegalArgumentException(
          "featureColumns must be distinct and at least one, was " + featureColumns);
    }
    if (distinct.contains(labelColumn)) {
      throw new InvalidDataException(
          file.name() + ": column " + quoted(labelColumn) + " is both a feature and the label");
    }
    if (unitColumn.filter(labelColumn::equals).isPresent()) {
      throw new InvalidDataException(
          file.name() + ": column " + quoted(labelColumn) + " is both the unit and the label");
    }
    int[] features = featureColumns.stream().mapToInt(file::indexOf).toArray();
    int label = file.indexOf(labelColumn);
    OptionalInt unit =
        unitColumn.isPresent()
            ? OptionalInt.of(file.indexOf(unitColumn.get()))
            : OptionalInt.empty();
    RecordSource source = file.source();
    for (int column : features) {
      source.requireNumeric(column);
    }
    source.requireNumeric(label);
    unit.ifPresent(source::requireUnit);
    return new ColumnChoice(features, label, unit);
  }

  int width() {
    return features.length;
  }

  /** The file's number of feature {@code i}. */
  int feature(int i) {
    return features[i];
  }

  int label() {
    return label;
  }

  OptionalInt unit() {
    return unit;
  }

  /** SQL: the features, then the label, then the unit if there is one. */
  String query(TableSource source, boolean sortedByUnit) {
    StringBuilder sql = new StringBuilder("SELECT ");
    for (int column : features) {
      sql.append(source.number(column)).append(", ");
    }
    sql.append(source.number(label)).append(" AS label");
    unit.ifPresent(column -> sql.append(", ").append(source.text(column)).append(" AS unit"));
    sql.append(" FROM ").append(source.relation());
    if (sortedByUnit) {
      sql.append(" ORDER BY unit");
    }
    return sql.toString();
  }
}
