package org.quietune.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a CSV file whose meaning is beyond doubt, read at a fraction of DuckDB's price.
 *
 * <p>Plain are lines of at most a megabyte that all end alike, in LF or CRLF, with a cell for each
 * column of the header; cells of printable ASCII, bare or in quotes, without quotes or line ends in
 * them; and, where numbers are read, empty bare cells and decimal numbers, with a digit on either
 * side of the point and no superfluous zero before it, whose value is no overflow and no underflow,
 * or {@code NaN}. At the first thing that is anything else the reader stops and says so; DuckDB
 * then decides. Of plain rows both give the same bits: a decimal number is rounded to the nearest
 * double ({@code PlainCsvRowsTest} compares them).
 */
final class PlainCsvRows implements TableRows {
  private static final int BUFFER = 1 << 18;
  private static final int LONGEST_LINE = 1 << 20;

  /** Powers of ten that a double holds exactly. */
  private static final double[] TENS = tens(23);

  /** Integers up to here are doubles. */
  private static final long EXACT = 1L << 53;

  private static final int MOST_DIGITS = 18;

  private final InputStream in;
  private final boolean[] read;
  private final int[] resultColumns;
  private final double[] cells;
  private final int unitColumn;

  private byte[] buffer = new byte[BUFFER];
  private int position;
  private int limit;
  private boolean ended;
  private boolean crlf;
  private boolean plain = true;
  private int unitStart;
  private int unitEnd;

  /**
   * Takes over the stream and skips the header.
   *
   * @param columns of the file
   */
  PlainCsvRows(InputStream in, int columns, ColumnChoice choice) {
    this.in = in;
    this.read = new boolean[columns];
    this.cells = new double[columns];
    this.unitColumn = choice.unit().orElse(NONE);
    skipHeader();
    this.resultColumns = new int[choice.width() + 1];
    for (int i = 0; i < choice.width(); i++) {
      resultColumns[i] = choice.feature(i);
      read[choice.feature(i)] = true;
    }
    int label = choice.label().orElse(NONE);
    resultColumns[choice.width()] = label;
    if (label != NONE) {
      read[label] = true;
    }
  }

  private static double[] tens(int count) {
    double[] tens = new double[count];
    tens[0] = 1;
    for (int i = 1; i < count; i++) {
      tens[i] = tens[i - 1] * 10;
    }
    return tens;
  }

  /** False from the first row that is not plain. */
  boolean isPlain() {
    return plain;
  }

  /** Moves to the next row; false at the end, and where the file is not plain any more. */
  @Override
  public boolean advance() {
    if (!plain) {
      return false;
    }
    int end = lineEnd();
    if (!plain || (ended && position == limit)) {
      return false;
    }
    plain = hasPlainEnd(end) && isPlainRow(position, end - (crlf && end < limit ? 1 : 0));
    position = Math.min(limit, end + 1);
    return plain;
  }

  @Override
  public double number(int i) {
    return resultColumns[i] == NONE ? Double.NaN : cells[resultColumns[i]];
  }

  @Override
  public @Nullable String unit() {
    return unitStart == unitEnd
        ? null
        : new String(buffer, unitStart, unitEnd - unitStart, StandardCharsets.US_ASCII);
  }

  /** Such a row is not plain. */
  @Override
  public int notANumber() {
    return NONE;
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close a CSV file", e);
    }
  }

  /** The header was read before; all that matters is that it ends with its line. */
  private void skipHeader() {
    int end = lineEnd();
    crlf = end > 0 && end < limit && buffer[end - 1] == '\r';
    int textEnd = end - (crlf ? 1 : 0);
    boolean quotes = false;
    for (int i = position; i < textEnd; i++) {
      quotes |= buffer[i] == '"';
      plain &= buffer[i] != '\r';
    }
    plain &= !quotes || isPlainRow(position, textEnd);
    position = Math.min(limit, end + 1);
  }

  /** The place of the next LF, or the end of the file; the whole line is in the buffer. */
  private int lineEnd() {
    int at = position;
    while (plain) {
      while (at < limit) {
        if (buffer[at] == '\n') {
          return at;
        }
        at++;
      }
      if (ended) {
        return limit;
      }
      at -= position;
      fill();
    }
    return limit;
  }

  /** Moves the line that has begun to the start of the buffer and reads on. */
  private void fill() {
    limit -= position;
    byte[] to = limit < buffer.length / 2 ? buffer : new byte[2 * buffer.length];
    System.arraycopy(buffer, position, to, 0, limit);
    buffer = to;
    position = 0;
    plain &= buffer.length <= LONGEST_LINE;
    try {
      int got = in.readNBytes(buffer, limit, buffer.length - limit);
      limit += got;
      ended = limit < buffer.length;
    } catch (IOException e) {
      // DuckDB will meet it too, and the user be told.
      plain = false;
    }
  }

  /** Only the last line may have no end. */
  private boolean hasPlainEnd(int end) {
    return end == limit || (end > position && buffer[end - 1] == '\r') == crlf;
  }

  private boolean isPlainRow(int start, int end) {
    int at = start;
    if (end <= start) {
      return false;
    }
    for (int column = 0; column < cells.length; column++) {
      boolean quoted = at < end && buffer[at] == '"';
      int from = quoted ? at + 1 : at;
      int to = quoted ? closingQuote(from, end) : cellEnd(from, end);
      if (to < 0) {
        return false;
      }
      if (read[column]) {
        cells[column] = number(from, to);
        if (!plain) {
          return false;
        }
      }
      if (column == unitColumn) {
        trimUnit(from, to);
      }
      at = quoted ? to + 1 : to;
      boolean last = column == cells.length - 1;
      if (last ? at != end : at == end || buffer[at] != ',') {
        return false;
      }
      at++;
    }
    return true;
  }

  /** Where a bare cell ends; −1 if it is not plain. */
  private int cellEnd(int from, int end) {
    int at = from;
    while (at < end && buffer[at] != ',') {
      byte b = buffer[at];
      if (b < ' ' || b == '"' || b == 0x7f) {
        return -1;
      }
      at++;
    }
    return at;
  }

  /** Where a quoted cell ends; −1 if it is not plain, or empty. */
  private int closingQuote(int from, int end) {
    int at = from;
    while (at < end && buffer[at] != '"') {
      byte b = buffer[at];
      if (b < ' ' || b == 0x7f) {
        return -1;
      }
      at++;
    }
    return at == end || at == from ? -1 : at;
  }

  /** Blanks around a unit do not count. */
  private void trimUnit(int from, int to) {
    unitStart = from;
    unitEnd = to;
    while (unitStart < unitEnd && buffer[unitStart] == ' ') {
      unitStart++;
    }
    while (unitStart < unitEnd && buffer[unitEnd - 1] == ' ') {
      unitEnd--;
    }
  }

  /** The value of a cell, to the nearest double; the row is not plain if it has none. */
  private double number(int from, int to) {
    if (from == to) {
      return Double.NaN;
    }
    int at = from;
    boolean negative = buffer[at] == '-';
    if (negative) {
      at++;
    }
    long digits = 0;
    int first = at;
    while (at < to && isDigit(buffer[at])) {
      digits = digits * 10 + (buffer[at] - '0');
      at++;
    }
    int count = at - first;
    if (count == 0 || (count > 1 && buffer[first] == '0')) {
      return notADecimal(from, to);
    }
    int exponent = 0;
    if (at < to && buffer[at] == '.') {
      at++;
      int point = at;
      while (at < to && isDigit(buffer[at])) {
        digits = digits * 10 + (buffer[at] - '0');
        at++;
      }
      exponent = point - at;
      count -= exponent;
      if (exponent == 0) {
        return notADecimal(from, to);
      }
    }
    if (at == to && count <= MOST_DIGITS && digits <= EXACT && -exponent < TENS.length) {
      // Both are exact, so the division rounds once.
      double value = digits / TENS[-exponent];
      return negative ? -value : value;
    }
    return longNumber(from, at, to);
  }

  /** A number with an exponent, or with more digits than a double can hold. */
  private double longNumber(int from, int mantissaEnd, int to) {
    int at = mantissaEnd;
    if (at < to && (buffer[at] == 'e' || buffer[at] == 'E')) {
      at++;
      if (at < to && (buffer[at] == '-' || buffer[at] == '+')) {
        at++;
      }
      int first = at;
      while (at < to && isDigit(buffer[at])) {
        at++;
      }
      if (at == first) {
        return notADecimal(from, to);
      }
    }
    if (at != to) {
      return notADecimal(from, to);
    }
    double value =
        Double.parseDouble(new String(buffer, from, to - from, StandardCharsets.US_ASCII));
    boolean zero = true;
    for (int i = from; i < mantissaEnd; i++) {
      zero &= buffer[i] < '1';
    }
    plain = Double.isFinite(value) && (zero || Math.abs(value) >= Double.MIN_NORMAL);
    return value;
  }

  private double notADecimal(int from, int to) {
    plain =
        to - from == 3
            && (buffer[from] == 'N' || buffer[from] == 'n')
            && buffer[from + 1] == 'a'
            && buffer[from + 2] == buffer[from];
    return Double.NaN;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }
}
