package org.quietune.data;

import static org.quietune.data.InvalidDataException.quoted;

import org.jspecify.annotations.Nullable;

/** One pass over chosen columns of a table, in the order of the file. */
final class TableReader implements RowReader {
  private final TableSource source;
  private final ColumnChoice choice;
  private final TableRows rows;

  private long row = -1;
  private float[] features = {};
  private double label;

  TableReader(TableSource source, ColumnChoice choice, TableRows rows) {
    this.source = source;
    this.choice = choice;
    this.rows = rows;
  }

  @Override
  public boolean advance() {
    if (!rows.advance()) {
      return false;
    }
    row++;
    float[] values = new float[choice.width()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rows.number(i);
    }
    features = values;
    label = rows.number(values.length);
    return true;
  }

  @Override
  public float[] features() {
    return features;
  }

  @Override
  public double label() {
    return label;
  }

  @Override
  public @Nullable String unit() {
    return rows.unit();
  }

  @Override
  public void requireValid(LabelDomain labels) {
    if (rows.notANumber() != TableRows.NONE) {
      TableSource.Cell cell = source.cell(row, rows.notANumber());
      throw new InvalidDataException(
          cell.place() + ": " + quoted(cell.text()) + " is not a number");
    }
    if (choice.label().isPresent() && !labels.contains(label)) {
      TableSource.Cell cell = source.cell(row, choice.label().getAsInt());
      throw new InvalidDataException(
          cell.place()
              + (cell.text().isEmpty()
                  ? ": the label is missing"
                  : ": label " + quoted(cell.text()) + " is not " + labels.members()));
    }
    if (choice.unit().isPresent() && rows.unit() == null) {
      TableSource.Cell cell = source.cell(row, choice.unit().getAsInt());
      throw new InvalidDataException(cell.place() + ": the privacy unit is missing");
    }
  }

  @Override
  public void close() {
    rows.close();
  }
}
