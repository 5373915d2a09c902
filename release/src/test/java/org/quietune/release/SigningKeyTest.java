package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningKeyTest {
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;

  /** RFC 8032, section 7.1, test 2; the keys wrapped as RFC 8410 says. */
  @Test
  void signsAsTheStandardSays() throws IOException {
    HexFormat hex = HexFormat.of();
    String secret = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    String open = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    Path file = folder.resolve("rfc");
    Files.write(
        file,
        PemFile.encode("PRIVATE KEY", hex.parseHex("302e020100300506032b657004220420" + secret)));
    Files.write(
        SigningKey.publicFile(file),
        PemFile.encode("PUBLIC KEY", hex.parseHex("302a300506032b6570032100" + open)));
    SigningKey key = SigningKey.read(file);
    assertEquals(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        hex.formatHex(key.sign(new byte[] {0x72})));
  }

  @Test
  void aPairSignsAndVerifies() throws IOException {
    Path file = folder.resolve("k");
    SigningKey.generate(file);
    SigningKey key = SigningKey.read(file);
    byte[] signature = key.sign(CONTENT);
    VerifyingKey open = VerifyingKey.read(SigningKey.publicFile(file));
    assertTrue(open.verifies(CONTENT, signature));
    assertTrue(VerifyingKey.parse(open.text()).verifies(CONTENT, signature));
    for (int i = 0; i < signature.length; i++) {
      byte[] changed = signature.clone();
      changed[i] ^= 1;
      assertFalse(open.verifies(CONTENT, changed), "byte " + i);
    }
    assertFalse(open.verifies(CONTENT, new byte[3]));
    assertFalse(open.verifies("Content".getBytes(StandardCharsets.UTF_8), signature));
  }

  @Test
  void nothingIsOverwritten() throws IOException {
    Path file = folder.resolve("k");
    SigningKey.generate(file);
    byte[] before = Files.readAllBytes(file);
    assertThrows(FileAlreadyExistsException.class, () -> SigningKey.generate(file));
    Files.delete(file);
    assertThrows(FileAlreadyExistsException.class, () -> SigningKey.generate(file));
    assertFalse(Files.exists(file));
    assertTrue(before.length > 0);
  }

  @Test
  void keysOfTwoPairsAreRefused() throws IOException {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    SigningKey.generate(one);
    SigningKey.generate(two);
    Files.write(SigningKey.publicFile(one), Files.readAllBytes(SigningKey.publicFile(two)));
    assertThrows(IOException.class, () -> SigningKey.read(one));
    assertThrows(IOException.class, () -> SigningKey.read(SigningKey.publicFile(two)));
    assertThrows(IOException.class, () -> VerifyingKey.read(two));
    assertThrows(
        IOException.class,
        () -> VerifyingKey.parse(Base64.getEncoder().encodeToString(new byte[44])));
  }

  /** What docs/certificate.md tells those who do not have Quietune. */
  @Test
  void opensslAgrees() throws IOException, InterruptedException {
    assumeTrue(command("openssl", "version") == 0, "needs openssl");
    Path file = folder.resolve("k");
    SigningKey.generate(file);
    Path content = Files.write(folder.resolve("content"), CONTENT);
    byte[] signature = SigningKey.read(file).sign(CONTENT);
    Path signatureFile = Files.write(folder.resolve("sig"), signature);
    String[] verify = {
      "openssl",
      "pkeyutl",
      "-verify",
      "-rawin",
      "-pubin",
      "-inkey",
      SigningKey.publicFile(file).toString(),
      "-in",
      content.toString(),
      "-sigfile",
      signatureFile.toString()
    };
    assertEquals(0, command(verify));
    signature[0] ^= 1;
    Files.write(signatureFile, signature);
    assertEquals(1, command(verify));
    assertArrayEquals(CONTENT, Files.readAllBytes(content));
  }

  private static int command(String... words) throws IOException, InterruptedException {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor();
    } catch (IOException e) {
      return -1;
    }
  }
}
