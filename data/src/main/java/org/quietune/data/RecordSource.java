package org.quietune.data;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Records that can be read again and again, one after the other: a table, or a set of images. */
sealed interface RecordSource permits TableSource, ImageSource {

  /** The source, as the user named it. */
  String name();

  /** The kind of file, for people. */
  String kind();

  List<String> columns();

  /** Hands over the files that hold the data, one at a time, in a fixed order. */
  void forEachFile(Consumer<Path> action);

  /**
   * Checks that nothing has been written since the source was opened, where reading it does not.
   *
   * @throws InvalidDataException if something has
   */
  void requireUnchanged();

  /**
   * Refuses a column that cannot hold numbers, as far as the schema tells.
   *
   * @throws InvalidDataException naming the column and its type
   */
  void requireNumeric(int column);

  /**
   * Refuses a column that cannot name privacy units.
   *
   * @throws InvalidDataException saying why
   */
  void requireUnit(int column);

  /** Reads the rows in the order of the file. */
  RowReader inFileOrder(ColumnChoice choice);

  /** Reads the rows of one unit together, in any order. The choice has to name a unit. */
  RowReader byUnit(ColumnChoice choice);

  /** Where the data lies, the same however the user wrote it. */
  String location();
}
