package org.quietune.release;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Set;

/**
 * An Ed25519 private key (RFC 8032) that signs certificates. Its public key stands beside it in a
 * file of the same name with {@code .pub}. Signatures are deterministic.
 */
public final class SigningKey {
  private static final String PEM_KIND = "PRIVATE KEY";
  private static final byte[] PROBE = {1};

  private final PrivateKey key;
  private final VerifyingKey publicKey;

  private SigningKey(PrivateKey key, VerifyingKey publicKey) {
    this.key = key;
    this.publicKey = publicKey;
  }

  /** The file of the public key that belongs to a private key's file. */
  public static Path publicFile(Path privateFile) {
    return privateFile.resolveSibling(privateFile.getFileName() + ".pub");
  }

  /**
   * Makes a pair: the private key readable by its owner only, where the file system knows owners.
   *
   * @throws FileAlreadyExistsException when either file is there; then nothing was written
   */
  public static void generate(Path file) throws IOException {
    Path publicFile = publicFile(file);
    for (Path old : new Path[] {file, publicFile}) {
      if (Files.exists(old)) {
        throw new FileAlreadyExistsException(old.toString());
      }
    }
    KeyPair pair;
    try {
      pair = KeyPairGenerator.getInstance(VerifyingKey.ALGORITHM).generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no Ed25519", e);
    }
    boolean posix = Files.getFileStore(folder(file)).supportsFileAttributeView("posix");
    FileAttribute<?>[] ownerOnly =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try (SeekableByteChannel out =
        Files.newByteChannel(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
      out.write(ByteBuffer.wrap(PemFile.encode(PEM_KIND, pair.getPrivate().getEncoded())));
    }
    Files.write(
        publicFile,
        PemFile.encode(VerifyingKey.PEM_KIND, pair.getPublic().getEncoded()),
        StandardOpenOption.CREATE_NEW);
  }

  private static Path folder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException("there is no folder " + folder);
    }
    return folder;
  }

  /**
   * Reads a private key and the public key beside it.
   *
   * @throws IOException when either is not there, is no such key, or they are no pair
   */
  public static SigningKey read(Path file) throws IOException {
    try {
      PrivateKey key =
          KeyFactory.getInstance(VerifyingKey.ALGORITHM)
              .generatePrivate(new PKCS8EncodedKeySpec(PemFile.decode(PEM_KIND, file)));
      SigningKey pair = new SigningKey(key, VerifyingKey.read(publicFile(file)));
      if (!pair.publicKey.verifies(PROBE, pair.sign(PROBE))) {
        throw new IOException(publicFile(file) + " does not belong to it");
      }
      return pair;
    } catch (GeneralSecurityException e) {
      throw new IOException("not an Ed25519 private key", e);
    }
  }

  /** The 64 bytes of the signature. */
  public byte[] sign(byte[] content) {
    try {
      Signature signature = Signature.getInstance(VerifyingKey.ALGORITHM);
      signature.initSign(key);
      signature.update(content);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot sign", e);
    }
  }

  public VerifyingKey publicKey() {
    return publicKey;
  }
}
