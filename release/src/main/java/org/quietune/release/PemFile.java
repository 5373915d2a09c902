package org.quietune.release;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Keys in the text form of RFC 7468, which OpenSSL reads too. */
final class PemFile {
  private static final int LINE = 64;

  private PemFile() {}

  static byte[] encode(String kind, byte[] der) {
    String body = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n"
        .replace("%n", "\n")
        .formatted(kind, body)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The bytes of the key in a file.
   *
   * @throws IOException when there is none
   */
  static byte[] decode(String kind, Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.US_ASCII);
    String begin = "-----BEGIN " + kind + "-----";
    int from = text.indexOf(begin);
    int to = text.indexOf("-----END " + kind + "-----");
    if (from < 0 || to < from) {
      throw new IOException("there is no " + kind + " in it");
    }
    try {
      return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
    } catch (IllegalArgumentException e) {
      throw new IOException("its base64 is broken", e);
    }
  }
}
