package org.quietune.release;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** An Ed25519 public key (RFC 8032): checks signatures of certificates. */
public final class VerifyingKey {
  static final String ALGORITHM = "Ed25519";
  static final String PEM_KIND = "PUBLIC KEY";

  private final PublicKey key;

  private VerifyingKey(PublicKey key) {
    this.key = key;
  }

  /**
   * Reads a PEM file, as {@code quietune keygen} and OpenSSL write it.
   *
   * @throws IOException when it is none
   */
  public static VerifyingKey read(Path file) throws IOException {
    return of(PemFile.decode(PEM_KIND, file));
  }

  /**
   * From a certificate's {@code signer}.
   *
   * @throws IOException when it is no key
   */
  public static VerifyingKey parse(String base64) throws IOException {
    try {
      return of(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      throw new IOException("not a public key", e);
    }
  }

  private static VerifyingKey of(byte[] der) throws IOException {
    try {
      return new VerifyingKey(
          KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(der)));
    } catch (GeneralSecurityException e) {
      throw new IOException("not an Ed25519 public key", e);
    }
  }

  /** Whether the signature of {@code content} is by this key's owner. */
  public boolean verifies(byte[] content, byte[] signature) {
    try {
      Signature check = Signature.getInstance(ALGORITHM);
      check.initVerify(key);
      check.update(content);
      return check.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** The key in X.509 form and base64. */
  public String text() {
    return Base64.getEncoder().encodeToString(key.getEncoded());
  }
}
