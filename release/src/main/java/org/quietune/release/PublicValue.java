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
 * A public value as it is stored: named fields, and numbers.
 *
 * <p>The file: the magic {@code QTPUB1}; the header's length in bytes (32 bits); the header, an
 * object in canonical JSON; the numbers, 64-bit IEEE 754; the SHA-256 of all that. Big endian.
 *
 * @param header small public fields
 * @param numbers what the header says they are
 */
public record PublicValue(JsonNode header, double[] numbers) {
  private static final byte[] MAGIC = "QTPUB1".getBytes(StandardCharsets.US_ASCII);
  private static final int HASH_BYTES = 32;

  /** The file's bytes. */
  byte[] bytes() {
    byte[] head = CanonicalJson.bytes(header);
    int body =
        Math.addExact(
            MAGIC.length + Integer.BYTES + head.length,
            Math.multiplyExact(numbers.length, Double.BYTES));
    ByteBuffer buffer = ByteBuffer.allocate(Math.addExact(body, HASH_BYTES));
    buffer.put(MAGIC).putInt(head.length).put(head);
    buffer.asDoubleBuffer().put(numbers);
    buffer.position(body);
    buffer.put(hash(buffer.array(), body));
    return buffer.array();
  }

  /**
   * Reads a file.
   *
   * @throws IOException when it cannot be read, or is not whole
   */
  public static PublicValue read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int body = bytes.length - HASH_BYTES;
    if (body < MAGIC.length + Integer.BYTES
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || !Arrays.equals(hash(bytes, body), Arrays.copyOfRange(bytes, body, bytes.length))) {
      throw new IOException(
          file + " is not as it was written: the content does not match its hash");
    }
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(bytes, MAGIC.length, body - MAGIC.length))) {
      JsonNode header = CanonicalJson.read(in.readNBytes(in.readInt()));
      if (in.available() % Double.BYTES != 0) {
        throw new IOException(file + " ends within a number");
      }
      double[] numbers = new double[in.available() / Double.BYTES];
      ByteBuffer.wrap(bytes, body - in.available(), in.available()).asDoubleBuffer().get(numbers);
      return new PublicValue(header, numbers);
    }
  }

  private static byte[] hash(byte[] bytes, int length) {
    MessageDigest digest = Sha256.digest();
    digest.update(bytes, 0, length);
    return digest.digest();
  }
}
