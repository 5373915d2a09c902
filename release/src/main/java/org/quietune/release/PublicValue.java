package org.quietune.release;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A public value as it is stored: named fields, and a body.
 *
 * <p>The file: the magic {@code QTPUB1}; the header's length in bytes (32 bits, big endian); the
 * header, an object in canonical JSON; the body; the SHA-256 of all that.
 *
 * @param header small public fields
 * @param body what the header's kind says it is; may be empty
 */
public record PublicValue(JsonNode header, byte[] body) {
  private static final byte[] MAGIC = "QTPUB1".getBytes(StandardCharsets.US_ASCII);
  private static final int HASH_BYTES = 32;

  /** The file's bytes. */
  byte[] bytes() {
    byte[] head = CanonicalJson.bytes(header);
    int content = Math.addExact(MAGIC.length + Integer.BYTES + head.length, body.length);
    ByteBuffer buffer = ByteBuffer.allocate(Math.addExact(content, HASH_BYTES));
    buffer.put(MAGIC).putInt(head.length).put(head).put(body);
    return buffer.put(hash(buffer.array(), content)).array();
  }

  /**
   * Reads a file.
   *
   * @throws IOException when it cannot be read, or is not whole
   */
  public static PublicValue read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int content = bytes.length - HASH_BYTES;
    if (content < MAGIC.length + Integer.BYTES
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || !Arrays.equals(hash(bytes, content), Arrays.copyOfRange(bytes, content, bytes.length))) {
      throw new IOException(
          file + " is not as it was written: the content does not match its hash");
    }
    try (DataInputStream in =
        new DataInputStream(
            new ByteArrayInputStream(bytes, MAGIC.length, content - MAGIC.length))) {
      JsonNode header = CanonicalJson.read(in.readNBytes(in.readInt()));
      return new PublicValue(header, in.readAllBytes());
    }
  }

  private static byte[] hash(byte[] bytes, int length) {
    MessageDigest digest = Sha256.digest();
    digest.update(bytes, 0, length);
    return digest.digest();
  }
}
