package org.quietune.random;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.ProviderException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256 in counter mode with fast key erasure.
 *
 * <p>Each refill encrypts zeros under the current key from counter 0. The first 32 bytes become the
 * next key and are never output; the rest is output, read as big-endian words. So a memory image
 * taken later reveals nothing that was drawn before the last refill, and no key encrypts more than
 * 258 blocks. Equal keys give equal streams on every platform.
 *
 * <p>Source: D. J. Bernstein, "Fast-key-erasure random-number generators" (2017); NIST SP 800-38A
 * for the mode; the refill check is the repetition count test of NIST SP 800-90B, section 4.4.1.
 * Proof: {@code AesCtrBits.proof.md}.
 */
final class AesCtrBits implements BitSource {

  static final int KEY_BYTES = 32;
  private static final int OUTPUT_BYTES = 4096;
  private static final int BLOCK_BYTES = 16;
  private static final byte[] ZEROS = new byte[KEY_BYTES + OUTPUT_BYTES];
  private static final IvParameterSpec COUNTER_ZERO = new IvParameterSpec(new byte[BLOCK_BYTES]);

  private final Cipher cipher;
  private final byte[] key;
  private final byte[] stream = new byte[KEY_BYTES + OUTPUT_BYTES];
  private final int[] words = new int[OUTPUT_BYTES / Integer.BYTES];
  private int position = words.length;

  AesCtrBits(byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException("key must have 32 bytes, got " + key.length);
    }
    this.key = key.clone();
    this.cipher = newCipher();
  }

  private static Cipher newCipher() {
    try {
      return Cipher.getInstance("AES/CTR/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new EntropyException("This Java runtime offers no AES/CTR cipher", e);
    }
  }

  /**
   * Encrypts the known-answer vector of NIST SP 800-38A, F.5.5 (CTR-AES256.Encrypt, block 1).
   *
   * @throws EntropyException if the cipher is missing or wrong
   */
  static void checkKnownAnswer() {
    byte[] answer = new byte[BLOCK_BYTES];
    Cipher cipher = newCipher();
    encrypt(
        cipher,
        bytes(0x603deb1015ca71beL, 0x2b73aef0857d7781L, 0x1f352c073b6108d7L, 0x2d9810a30914dff4L),
        new IvParameterSpec(bytes(0xf0f1f2f3f4f5f6f7L, 0xf8f9fafbfcfdfeffL)),
        bytes(0x6bc1bee22e409f96L, 0xe93d7e117393172aL),
        answer);
    if (!Arrays.equals(answer, bytes(0x601ec313775789a5L, 0xb7a7f504bbf3d228L))) {
      throw new EntropyException("The AES/CTR cipher fails its known-answer test");
    }
  }

  private static byte[] bytes(long... bigEndian) {
    ByteBuffer buffer = ByteBuffer.allocate(bigEndian.length * Long.BYTES);
    buffer.asLongBuffer().put(bigEndian);
    return buffer.array();
  }

  private static void encrypt(
      Cipher cipher, byte[] key, IvParameterSpec counter, byte[] input, byte[] output) {
    try {
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), counter);
      int written = cipher.update(input, 0, input.length, output, 0);
      if (written != output.length) {
        throw new EntropyException(
            "The AES/CTR cipher wrote " + written + " bytes of " + output.length);
      }
    } catch (GeneralSecurityException | ProviderException e) {
      throw new EntropyException("The AES/CTR cipher failed", e);
    }
  }

  @Override
  public int nextInt() {
    if (position == words.length) {
      refill();
    }
    return words[position++];
  }

  /** Replaces the buffered words by new ones. */
  void refill() {
    encrypt(cipher, key, COUNTER_ZERO, ZEROS, stream);
    boolean stuckKey = Arrays.equals(key, 0, KEY_BYTES, stream, 0, KEY_BYTES);
    boolean stuckBlock = Arrays.equals(stream, 0, BLOCK_BYTES, stream, BLOCK_BYTES, KEY_BYTES);
    if (stuckKey || stuckBlock) {
      throw new EntropyException("The AES/CTR cipher repeats its output");
    }
    System.arraycopy(stream, 0, key, 0, KEY_BYTES);
    ByteBuffer.wrap(stream, KEY_BYTES, OUTPUT_BYTES).asIntBuffer().get(words);
    Arrays.fill(stream, (byte) 0);
    position = 0;
  }
}
