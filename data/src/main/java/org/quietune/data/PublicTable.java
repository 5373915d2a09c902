package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Public rows, in memory. Never for private records: everything about it can be read. */
public final class PublicTable {
  private final String name;
  private final List<String> columns;
  private final List<Example> rows;

  private PublicTable(String name, List<String> columns, List<Example> rows) {
    this.name = name;
    this.columns = List.copyOf(columns);
    this.rows = List.copyOf(rows);
  }

  /**
   * Reads the given columns of a file.
   *
   * @param featureColumns distinct, at least one; the table has them in this order
   * @param labelColumn a column of class numbers 0, 1, 2, …
   * @throws InvalidDataException if a column is missing, a cell is not a number, or a label is not
   *     a class number; NaN and infinities are numbers
   */
  public static PublicTable read(DataFile file, List<String> featureColumns, String labelColumn) {
    return read(file, featureColumns, labelColumn, LabelDomain.ANY_CLASS);
  }

  /**
   * Reads the given columns of a file, whose labels have to be of known classes.
   *
   * @throws InvalidDataException as {@link #read(DataFile, List, String)}, and if a label is none
   *     of these classes
   */
  public static PublicTable read(
      DataFile file, List<String> featureColumns, String labelColumn, LabelDomain labels) {
    ColumnChoice choice = ColumnChoice.of(file, featureColumns, labelColumn, Optional.empty());
    List<Example> rows = new ArrayList<>();
    try (RowReader reader = RowReader.inFileOrder(file, choice)) {
      while (reader.advance()) {
        reader.requireValid(labels);
        rows.add(new Example(reader.features(), reader.label()));
      }
    }
    return new PublicTable(file.name(), featureColumns, rows);
  }

  /**
   * Reads a file in which every column is a feature, in the order of the file, but the label and
   * the excluded ones.
   *
   * @throws InvalidDataException as {@link #read(DataFile, List, String)}, and if an excluded
   *     column is missing or no feature is left
   */
  public static PublicTable read(DataFile file, String labelColumn, Set<String> excluded) {
    file.indexOf(labelColumn);
    excluded.forEach(file::indexOf);
    List<String> features =
        file.columns().stream()
            .filter(column -> !column.equals(labelColumn) && !excluded.contains(column))
            .toList();
    if (features.isEmpty()) {
      throw new InvalidDataException(
          file.name() + ": no feature columns besides the label " + quoted(labelColumn));
    }
    return read(file, features, labelColumn);
  }

  /**
   * A table of rows at hand.
   *
   * @param columns distinct names of the features
   * @param rows each with one feature per column
   */
  public static PublicTable of(List<String> columns, List<Example> rows) {
    if (new HashSet<>(columns).size() != columns.size()) {
      throw new IllegalArgumentException("columns must be distinct, was " + columns);
    }
    for (int i = 0; i < rows.size(); i++) {
      int width = rows.get(i).features().length;
      if (width != columns.size()) {
        throw new IllegalArgumentException(
            "rows must have " + columns.size() + " features each, row " + i + " has " + width);
      }
    }
    return new PublicTable("table", columns, rows);
  }

  /** The file that the table was read from, for messages. */
  String name() {
    return name;
  }

  /** The names of the features. */
  public List<String> columns() {
    return columns;
  }

  /** Number of rows. */
  public int size() {
    return rows.size();
  }

  /** Row {@code index}, from 0. */
  public Example row(int index) {
    return rows.get(index);
  }

  public List<Example> rows() {
    return rows;
  }
}
