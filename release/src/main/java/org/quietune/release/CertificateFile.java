package org.quietune.release;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;

/** Certificates as JSON files. */
public final class CertificateFile {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private CertificateFile() {}

  /** Writes the certificate durably, whole or not at all. */
  public static void write(Path file, Certificate certificate) throws IOException {
    DurableFile.write(file, JSON.writeValueAsBytes(certificate));
  }

  /** Reads a certificate. */
  public static Certificate read(Path file) throws IOException {
    return JSON.readValue(file.toFile(), Certificate.class);
  }
}
