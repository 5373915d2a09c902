package org.quietune.data;

import java.util.List;
import java.util.Optional;
import org.quietune.release.PrivateRecords;

/**
 * Private records from a file, sealed.
 *
 * <p>Tables and images alike: an image is a record and a unit. The file is checked as a whole
 * before {@link #seal} returns, so that no later pass can fail over a record; then every pass
 * streams it again, in memory that does not grow with the rows. With a unit column each pass sorts
 * by it; what exceeds 16 MB goes to a temporary directory that only this user can read and that is
 * deleted after the pass.
 */
public final class PrivateTable {
  private static final String RECORD = "record";

  private PrivateTable() {}

  /** What one privacy unit is called: the unit column, or {@code record}. */
  public static String privacyUnit(Optional<String> unitColumn) {
    return unitColumn.orElse(RECORD);
  }

  /**
   * Checks a file and seals its records. Neither their number nor anything else about them can be
   * learned from the result.
   *
   * @param featureColumns distinct, at least one: the model's input columns in the model's order
   * @param labelColumn column of the class numbers
   * @param unitColumn column that names each record's privacy unit, as text; blanks around it do
   *     not count. Empty: each record is a unit of its own
   * @param labels the classes, from public information
   * @throws InvalidDataException if a column is missing, a cell is not a number, a label is not of
   *     the classes or a unit is missing, naming the line, or if the disk of the temporary files is
   *     too small for the sort; it is for the data holder's eyes only
   */
  public static PrivateRecords<Example> seal(
      DataFile file,
      List<String> featureColumns,
      String labelColumn,
      Optional<String> unitColumn,
      LabelDomain labels) {
    ColumnChoice choice = ColumnChoice.of(file, featureColumns, labelColumn, unitColumn);
    SortSpace space = new SortSpace(choice.width());
    try (RowReader reader = file.source().inFileOrder(choice)) {
      while (reader.advance()) {
        reader.requireValid(labels);
        String unit = reader.unit();
        if (unit != null) {
          space.count(unit);
        }
      }
    }
    space.requireFree(file.name());
    return PrivateRecords.seal(() -> cursor(file, choice), privacyUnit(unitColumn));
  }

  /**
   * Seals records that are in memory already, each a unit of its own: for experiments on published
   * data, which has no secret to keep from this process.
   */
  public static PrivateRecords<Example> sealInMemory(List<Example> publishedRecords) {
    List<Example> records = List.copyOf(publishedRecords);
    return PrivateRecords.seal(() -> new ListCursor(records.iterator()), RECORD);
  }

  private static PrivateRecords.Cursor<Example> cursor(DataFile file, ColumnChoice choice) {
    return new TableCursor(
        choice.unit().isPresent()
            ? file.source().byUnit(choice)
            : file.source().inFileOrder(choice));
  }
}
