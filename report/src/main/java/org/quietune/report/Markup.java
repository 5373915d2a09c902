package org.quietune.report;

/** Text made safe to stand in HTML, SVG and XML, as content and in quoted attributes alike. */
final class Markup {

  private static final int REPLACEMENT = 0xFFFD;

  private Markup() {}

  /** Escapes what has a meaning in markup; a character that XML cannot hold becomes U+FFFD. */
  static String escape(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(isXml(c) ? c : REPLACEMENT);
              }
            });
    return out.toString();
  }

  private static boolean isXml(int c) {
    return c == '\t'
        || c == '\n'
        || c == '\r'
        || (c >= 0x20 && c < 0x7F)
        || (c > 0x9F && c <= 0xD7FF)
        || (c >= 0xE000 && c <= 0xFFFD)
        || (c >= 0x10000 && (c & 0xFFFE) != 0xFFFE);
  }
}
