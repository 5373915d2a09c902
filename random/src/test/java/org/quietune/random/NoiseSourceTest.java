package org.quietune.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class NoiseSourceTest {

  @Test
  void seededStreamsRepeatBySeedAndDifferByOrder() {
    NoiseSource source = seeded(1);
    int[] first = words(source.open(), 5000);
    int[] second = words(source.open(), 5000);
    NoiseSource again = seeded(1);
    assertArrayEquals(first, words(again.open(), 5000));
    assertArrayEquals(second, words(again.open(), 5000));
    assertFalse(Arrays.equals(first, second));
    assertFalse(Arrays.equals(first, words(seeded(2).open(), 5000)));
    assertFalse(source.isSecure());
    assertTrue(source.description().contains("NO privacy claim"));
  }

  /**
   * Words 0, 1 and 1024 of the zero key, computed with OpenSSL 3: {@code openssl enc -aes-256-ctr}
   * of 4128 zero bytes, then again under the first 32 bytes of the result.
   */
  @Test
  void streamIsTheDocumentedConstruction() {
    int[] words = words(new AesCtrBits(new byte[AesCtrBits.KEY_BYTES]), 1025);
    assertEquals(
        "cea7403d4d606b6e9c4ca26e", "%08x%08x%08x".formatted(words[0], words[1], words[1024]));
  }

  @Test
  void secureStreamsDiffer() {
    NoiseSource source = NoiseSource.secure();
    assertTrue(source.isSecure());
    assertFalse(Arrays.equals(words(source.open(), 8), words(source.open(), 8)));
  }

  /** 2^20 secure words, each bit position a fair coin: false alarm 32 × 1e-8. */
  @Test
  void secureBitsAreBalanced() {
    int n = 1 << 20;
    int[] words = words(NoiseSource.secure().open(), n);
    for (int bit = 0; bit < 32; bit++) {
      int position = bit;
      long ones = Arrays.stream(words).filter(w -> (w >>> position & 1) == 1).count();
      assertTrue(BinomialTail.twoSided(ones, n, 0.5) > 1e-8, "bit " + bit + ": " + ones);
    }
  }

  @Test
  void brokenEntropyIsFoundBeforeAnythingIsDrawn() {
    byte[] stuck = new byte[AesCtrBits.KEY_BYTES];
    stuck[0] = 1;
    assertThrows(EntropyException.class, () -> NoiseSource.checked(secureFrom(stuck::clone)));
    AtomicInteger calls = new AtomicInteger();
    KeySource constant =
        () -> {
          byte[] key = new byte[AesCtrBits.KEY_BYTES];
          Arrays.fill(key, (byte) calls.incrementAndGet());
          return key;
        };
    assertThrows(EntropyException.class, () -> NoiseSource.checked(secureFrom(constant)));
    assertThrows(EntropyException.class, () -> secureFrom(constant).open());
    // A source that is alive when it is made and gets stuck later.
    KeySource stuckLater =
        () -> {
          byte[] key = stuck.clone();
          key[1] = (byte) Math.min(calls.incrementAndGet(), 20);
          return key;
        };
    calls.set(0);
    NoiseSource aging = NoiseSource.checked(secureFrom(stuckLater));
    aging.open();
    calls.set(20);
    assertThrows(EntropyException.class, aging::open);
    KeySource missing =
        () -> {
          throw new EntropyException("no entropy");
        };
    assertThrows(EntropyException.class, () -> secureFrom(missing).open());
  }

  @Test
  void seededNeedsTheToken() {
    @SuppressWarnings("NullAway") // A caller without NullAway can do this.
    Runnable withoutToken = () -> NoiseSource.seeded(1, null);
    assertThrows(IllegalArgumentException.class, withoutToken::run);
  }

  private static NoiseSource secureFrom(KeySource keys) {
    return new NoiseSource(keys, true, "test");
  }

  private static NoiseSource seeded(long seed) {
    return NoiseSource.seeded(seed, InsecureRandomness.acknowledgeNoPrivacy());
  }

  private static int[] words(BitSource bits, int count) {
    return Arrays.stream(new int[count]).map(i -> bits.nextInt()).toArray();
  }
}
