package org.quietune.data;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads CSV (RFC 4180, UTF-8) record by record and knows the line of each.
 *
 * <p>Others read the values; this class reads the header, and finds the line of a record that
 * DuckDB refused, which DuckDB can name neither for a stream nor for a cell of the wrong type. So
 * it counts records as DuckDB does: blank lines between records are none.
 */
final class CsvScanner implements Closeable {
  /** DuckDB's own limit for one record is 2 MB. */
  private static final int LONGEST_RECORD = 4 << 20;

  private static final int END = -1;

  private enum State {
    CELL_START,
    UNQUOTED,
    QUOTED,
    AFTER_QUOTED
  }

  private enum LineEnd {
    LF,
    CRLF,
    CR
  }

  private final InputStream in;
  private final String file;
  private final byte[] buffer = new byte[1 << 16];
  private int position;
  private int limit;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final List<Integer> cellEnds = new ArrayList<>();
  private long currentLine = 1;
  private long recordLine = 1;
  private LineEnd lineEnd = LineEnd.LF;
  private boolean lineEndKnown;

  /** Takes over the stream and skips a byte order mark. */
  CsvScanner(InputStream in, String file) throws IOException {
    this.in = in;
    this.file = file;
    fill();
    if (startsWith(0xEF, 0xBB, 0xBF)) {
      position = 3;
    } else if (startsWith(0xFF, 0xFE) || startsWith(0xFE, 0xFF)) {
      throw new InvalidDataException(file + " is UTF-16 text: save it as UTF-8");
    }
  }

  /**
   * Moves to the next record; false at the end of the file.
   *
   * @throws InvalidDataException naming the line that breaks the format
   */
  boolean next() throws IOException {
    while (peek() != END) {
      recordLine = currentLine;
      bytes.reset();
      cellEnds.clear();
      boolean quoted = readRecord();
      boolean blank = cellEnds.size() == 1 && bytes.size() == 0 && !quoted;
      if (!blank) {
        return true;
      }
    }
    return false;
  }

  /** The line, from 1, on which the current record begins. */
  long line() {
    return recordLine;
  }

  /** The cells of the current record, without their quotes. */
  List<String> cells() {
    byte[] all = bytes.toByteArray();
    List<String> cells = new ArrayList<>(cellEnds.size());
    int start = 0;
    for (int end : cellEnds) {
      try {
        cells.add(
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(all, start, end - start))
                .toString());
      } catch (CharacterCodingException e) {
        throw fault("the text is not UTF-8");
      }
      start = end;
    }
    return cells;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private InvalidDataException fault(String what) {
    return new InvalidDataException(file + " line " + recordLine + ": " + what);
  }

  /** Reads up to and with the line end; whether any cell was quoted. */
  private boolean readRecord() throws IOException {
    State state = State.CELL_START;
    int cellStart = 0;
    boolean anyQuoted = false;
    while (true) {
      int c = read();
      if (bytes.size() > LONGEST_RECORD) {
        throw fault("a record longer than 4 MB begins here: is a quote left open?");
      }
      if (state == State.QUOTED) {
        if (c == END) {
          throw fault("a quote is opened and never closed");
        } else if (c == '"' && peek() == '"') {
          bytes.write(read());
        } else if (c == '"') {
          state = State.AFTER_QUOTED;
        } else {
          bytes.write(c);
          if (c == '\n' || (c == '\r' && peek() != '\n')) {
            currentLine++;
          }
        }
      } else if (c == ',') {
        cellEnds.add(bytes.size());
        cellStart = bytes.size();
        state = State.CELL_START;
      } else if (c == END || c == '\n' || c == '\r') {
        cellEnds.add(bytes.size());
        endLine(c);
        return anyQuoted;
      } else if (state == State.AFTER_QUOTED) {
        if (c != ' ') {
          throw fault("text follows a closing quote");
        }
      } else if (state == State.CELL_START && c == '"') {
        if (bytes.size() > cellStart) {
          dropFrom(cellStart);
        }
        anyQuoted = true;
        state = State.QUOTED;
      } else {
        bytes.write(c);
        if (c != ' ') {
          state = State.UNQUOTED;
        }
      }
    }
  }

  /** Forgets the blanks between a comma and an opening quote. */
  private void dropFrom(int size) {
    byte[] kept = Arrays.copyOf(bytes.toByteArray(), size);
    bytes.reset();
    bytes.writeBytes(kept);
  }

  private void endLine(int c) throws IOException {
    if (c == END) {
      return;
    }
    LineEnd found = LineEnd.LF;
    if (c == '\r') {
      found = LineEnd.CR;
      if (peek() == '\n') {
        read();
        found = LineEnd.CRLF;
      }
    }
    if (lineEndKnown && found != lineEnd) {
      throw new InvalidDataException(
          file
              + " line "
              + currentLine
              + ": ends in "
              + found
              + ", but the lines before it end in "
              + lineEnd);
    }
    lineEnd = found;
    lineEndKnown = true;
    currentLine++;
  }

  private boolean startsWith(int... mark) {
    if (limit < mark.length) {
      return false;
    }
    for (int i = 0; i < mark.length; i++) {
      if ((buffer[i] & 0xFF) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  private int peek() throws IOException {
    if (position == limit) {
      fill();
    }
    return position == limit ? END : buffer[position] & 0xFF;
  }

  private int read() throws IOException {
    int c = peek();
    if (c != END) {
      position++;
    }
    return c;
  }

  private void fill() throws IOException {
    position = 0;
    limit = Math.max(0, in.readNBytes(buffer, 0, buffer.length));
  }
}
