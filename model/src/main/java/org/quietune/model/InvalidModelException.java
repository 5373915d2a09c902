package org.quietune.model;

/**
 * A model file that cannot be used as asked. The message is one line and names the file and the
 * culprit.
 */
public final class InvalidModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidModelException(String source, String problem) {
    super(oneLine(source + ": " + problem));
  }

  InvalidModelException(String source, String problem, Throwable cause) {
    super(oneLine(source + ": " + problem), cause);
  }

  /** The refusal of rows whose width is not what the model reads. */
  static InvalidModelException wrongWidth(String source, long expected, int given) {
    return new InvalidModelException(
        source, "the model reads " + expected + " input columns, but was given " + given);
  }

  /** Names inside a file may hold anything, line breaks and terminal commands included. */
  private static String oneLine(String message) {
    return message.replaceAll("[\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}]", "?");
  }
}
