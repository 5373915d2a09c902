package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Public rows or images, in memory. Never for private records: everything about it can be read. */
public final class PublicTable {
  private final String name;
  private final List<String> columns;
  private final List<Example> rows;
  private final Optional<ImageShape> images;
  private final List<String> classNames;

  private PublicTable(
      String name,
      List<String> columns,
      List<Example> rows,
      Optional<ImageShape> images,
      List<String> classNames) {
    this.name = name;
    this.images = images;
    this.classNames = List.copyOf(classNames);
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
    try (RowReader reader = file.source().inFileOrder(choice)) {
      while (reader.advance()) {
        reader.requireValid(labels);
        rows.add(new Example(reader.features(), reader.label()));
      }
    }
    Optional<ImageShape> whole =
        file.images().filter(shape -> shape.columns().equals(featureColumns));
    return new PublicTable(file.name(), featureColumns, rows, whole, file.classNames());
  }

  /**
   * Reads a file in which every column is a feature, in the order of the file, but the label, a
   * class number, and the excluded ones.
   *
   * @throws InvalidDataException as {@link #read(DataFile, List, String)}, and if an excluded
   *     column is missing or no feature is left
   */
  public static PublicTable read(DataFile file, String labelColumn, Set<String> excluded) {
    return read(file, labelColumn, excluded, LabelDomain.ANY_CLASS);
  }

  /**
   * Reads a file in which every column is a feature, in the order of the file, but the label and
   * the excluded ones.
   *
   * @throws InvalidDataException also if a label is none of these
   */
  public static PublicTable read(
      DataFile file, String labelColumn, Set<String> excluded, LabelDomain labels) {
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
    return read(file, features, labelColumn, labels);
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
    return new PublicTable("table", columns, rows, Optional.empty(), List.of());
  }

  /**
   * Images at hand.
   *
   * @param rows each with the values of one image, 0 to 255
   */
  public static PublicTable ofImages(ImageShape shape, List<Example> rows) {
    PublicTable table = of(shape.columns(), rows);
    return new PublicTable("images", table.columns, rows, Optional.of(shape), List.of());
  }

  /** The file that the table was read from, for messages. */
  String name() {
    return name;
  }

  /** The names of the features. */
  public List<String> columns() {
    return columns;
  }

  /** The extents of the images, where the features are all the values of images. */
  public Optional<ImageShape> images() {
    return images;
  }

  /**
   * The extents of the images.
   *
   * @throws InvalidDataException if this is no table of images
   */
  public ImageShape requireImages() {
    return images.orElseThrow(
        () ->
            new InvalidDataException(
                name + " holds no images (images: idx:IMAGES,LABELS, or a folder of images)"));
  }

  /** The names of the classes, by class number, where the data names them; else empty. */
  public List<String> classNames() {
    return classNames;
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
