package org.quietune.data;

/**
 * Input that its user has to mend: a missing file, a missing column, a cell that is not a number.
 *
 * <p>The message is one line that names the file and, where there is one, the column, the line and
 * the value. It is for the eyes of whoever holds the data (standard error), never for a released
 * file. Readers throw it before anything has been spent.
 */
public class InvalidDataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final int LONGEST_QUOTED_VALUE = 60;

  public InvalidDataException(String message) {
    super(oneLine(message));
  }

  public InvalidDataException(String message, Throwable cause) {
    super(oneLine(message), cause);
  }

  /** A value or a name in quotes, cut when it is long. */
  public static String quoted(String text) {
    String shown =
        text.codePointCount(0, text.length()) <= LONGEST_QUOTED_VALUE
            ? text
            : text.substring(0, text.offsetByCodePoints(0, LONGEST_QUOTED_VALUE)) + "…";
    return "'" + shown + "'";
  }

  /** Names and values come from files: a line break in one must not fake a second message. */
  private static String oneLine(String message) {
    StringBuilder line = new StringBuilder(message.length());
    message
        .codePoints()
        .map(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.toString();
  }
}
