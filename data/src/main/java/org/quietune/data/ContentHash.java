package org.quietune.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of files: of one, its hash; of several, the hash of their hashes, a line each. */
final class ContentHash {
  private static final int BUFFER = 1 << 16;

  private final MessageDigest ofHashes = digest();
  private String last = "";
  private long files;

  /** Takes in one more file. */
  void add(Path file) {
    last = of(file);
    ofHashes.update((last + "\n").getBytes(StandardCharsets.US_ASCII));
    files++;
  }

  /** The hash of what has been taken in, in hexadecimal; for once. */
  String hex() {
    return files == 1 ? last : HexFormat.of().formatHex(ofHashes.digest());
  }

  private static String of(Path file) {
    MessageDigest digest = digest();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new InvalidDataException(file + ": cannot be read", e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
