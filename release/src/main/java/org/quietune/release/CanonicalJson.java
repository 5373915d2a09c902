package org.quietune.release;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.erdtman.jcs.JsonCanonicalizer;

/**
 * JSON whose bytes follow from its content: RFC 8785. Numbers are IEEE doubles there, so integers
 * beyond 2⁵³ have to be strings.
 */
public final class CanonicalJson {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private CanonicalJson() {}

  /** The value's one encoding, in UTF-8. */
  public static byte[] bytes(JsonNode value) {
    try {
      return new JsonCanonicalizer(JSON.writeValueAsBytes(value)).getEncodedUTF8();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write JSON", e);
    }
  }

  /** A value, as Jackson maps it, in its one encoding. */
  public static byte[] bytesOf(Object value) {
    JsonNode tree = JSON.valueToTree(value);
    return bytes(tree);
  }

  /**
   * Reads a value.
   *
   * @throws IOException when the bytes are not the encoding that {@link #bytes} gives
   */
  public static JsonNode read(byte[] bytes) throws IOException {
    JsonNode value;
    try {
      value = JSON.readTree(bytes);
    } catch (IOException e) {
      throw new IOException("not JSON", e);
    }
    if (value == null || !value.isObject() || !Arrays.equals(bytes(value), bytes)) {
      throw new IOException("not an object in canonical JSON (RFC 8785)");
    }
    return value;
  }

  /** The value that {@code text} writes; the text is the program's own. */
  static JsonNode tree(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException("not JSON", e);
    }
  }

  /**
   * Maps a value to a type.
   *
   * @throws IOException when it does not fit
   */
  public static <T> T map(JsonNode value, Class<T> type) throws IOException {
    try {
      return JSON.treeToValue(value, type);
    } catch (IllegalArgumentException e) {
      throw new IOException("not a " + type.getSimpleName(), e);
    }
  }
}
