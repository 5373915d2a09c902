package org.quietune.release;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;

/** Certificates as files: {@link SealedJson}; docs/certificate.schema.json is their schema. */
public final class CertificateFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private CertificateFile() {}

  /** The file's bytes, which are what gets signed. */
  public static byte[] bytes(Certificate certificate) {
    return SealedJson.bytes((ObjectNode) JSON.valueToTree(certificate));
  }

  /** Writes the certificate durably, whole or not at all. */
  public static void write(Path file, Certificate certificate) throws IOException {
    DurableFile.write(file, bytes(certificate));
  }

  /**
   * Reads a certificate.
   *
   * @throws IOException when it cannot be read, is not as it was written, or is of another format
   */
  public static Certificate read(Path file) throws IOException {
    ObjectNode value = SealedJson.read(file);
    int version = value.path("formatVersion").asInt();
    if (version != Certificate.FORMAT_VERSION) {
      throw new IOException(
          "%s has format %d, and this version knows format %d only"
              .formatted(file, version, Certificate.FORMAT_VERSION));
    }
    try {
      return CanonicalJson.map(value, Certificate.class);
    } catch (IOException e) {
      throw new IOException(file + " is not a certificate: " + e.getMessage(), e);
    }
  }
}
