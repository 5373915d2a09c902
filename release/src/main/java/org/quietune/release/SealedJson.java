package org.quietune.release;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Canonical JSON files that hold the hash of their own content, so that one changed byte shows. The
 * hash is no signature: whoever changes the file on purpose can compute it anew.
 */
public final class SealedJson {
  private static final String HASH_FIELD = "contentSha256";

  private SealedJson() {}

  /** The file's bytes: {@code value} and the hash of its encoding without that hash. */
  public static byte[] bytes(ObjectNode value) {
    ObjectNode sealed = value.deepCopy();
    sealed.put(HASH_FIELD, Sha256.hex(CanonicalJson.bytes(value)));
    return CanonicalJson.bytes(sealed);
  }

  /**
   * Reads a file without its hash.
   *
   * @throws IOException when the file cannot be read, or was changed
   */
  public static ObjectNode read(Path file) throws IOException {
    try {
      ObjectNode value = (ObjectNode) CanonicalJson.read(Files.readAllBytes(file));
      JsonNode hash = value.remove(HASH_FIELD);
      if (hash == null || !hash.asText().equals(Sha256.hex(CanonicalJson.bytes(value)))) {
        throw new IOException("the content does not match its hash");
      }
      return value;
    } catch (IOException e) {
      throw new IOException(file + " is not as it was written: " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    return e instanceof NoSuchFileException
        ? "there is no such file"
        : String.valueOf(e.getMessage());
  }
}
