package org.quietune.random;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * The law of the rounded normal against exact bin probabilities, and the same test on broken
 * variants, which it must reject at the same sample size. Seeded; the false-alarm rate of each test
 * is 1e-7, shared among its bins, by exact binomial tails.
 */
class RoundedNormalLawTest {

  private static final double ALPHA = 1e-7;
  private static final int SAMPLES = 1_000_000;
  private static final String SMALL = "3/4";
  private static final String MIDDLE = "13/4";
  private static final String LARGE = "10737418240/7";
  private static final String HUGE = "288230376151711745/1";

  private record Bin(long first, long last, double probability) {}

  private final Map<String, List<Bin>> bins = readBins();

  @Test
  void acceptsTheSampler() {
    for (String sigma : List.of(SMALL, MIDDLE, LARGE)) {
      assertTrue(accepts(sigma, draw(sigma, SAMPLES)), sigma);
    }
    assertTrue(accepts(HUGE, draw(HUGE, SAMPLES / 10)), HUGE);
  }

  @Test
  void rejectsAWiderNormal() {
    BigInteger hundred = BigInteger.valueOf(100);
    for (String sigma : List.of(SMALL, MIDDLE, LARGE)) {
      BigInteger[] ratio = ratio(sigma);
      RoundedNormal wider =
          RoundedNormal.of(ratio[0].multiply(BigInteger.valueOf(103)), ratio[1].multiply(hundred));
      long[] sample = new long[SAMPLES];
      wider.fill(sample, bits());
      assertFalse(accepts(sigma, sample), sigma);
    }
  }

  @Test
  void rejectsAShiftByHalfACell() {
    // At twice the σ a shift by one fine cell is half a coarse cell: floor instead of rounding.
    long[] fine = draw("26/4", SAMPLES);
    assertFalse(accepts(MIDDLE, map(fine, n -> Math.floorDiv(n, 2))));
  }

  @Test
  void rejectsATruncatedTail() {
    long[] sample = draw(MIDDLE, SAMPLES);
    assertFalse(accepts(MIDDLE, map(sample, n -> Math.abs(n) > 11 ? 0 : n)));
    long[] large = draw(LARGE, SAMPLES);
    long cut = 4L * 10737418240L / 7;
    assertFalse(accepts(LARGE, map(large, n -> Math.abs(n) > cut ? 0 : n)));
  }

  @Test
  void rejectsOneSidedRounding() {
    // Rounding the magnitude down, as an integer cast does, doubles the cell of 0.
    long[] fine = draw("1024000/4", SAMPLES);
    assertFalse(accepts(SMALL, map(fine, n -> (n * 3) / 1024000)));
    assertTrue(accepts(SMALL, map(fine, n -> Math.round(n * 3 / 1024000.0))));
  }

  /** At σ ≫ 16 the residues mod 16 are uniform to far below what any sample could show. */
  @Test
  void lowBitsAreUniform() {
    assertTrue(residuesAreUniform(draw(LARGE, SAMPLES)));
    assertFalse(residuesAreUniform(map(draw(LARGE, SAMPLES), n -> n & ~1L)));
  }

  private static boolean residuesAreUniform(long[] sample) {
    long[] counts = new long[16];
    for (long n : sample) {
      counts[(int) (n & 15)]++;
    }
    for (long count : counts) {
      if (BinomialTail.twoSided(count, sample.length, 1 / 16.0) < ALPHA / 16) {
        return false;
      }
    }
    return true;
  }

  private boolean accepts(String sigma, long[] sample) {
    List<Bin> law = Objects.requireNonNull(bins.get(sigma));
    for (Bin bin : law) {
      long count = 0;
      for (long n : sample) {
        if (n >= bin.first && n <= bin.last) {
          count++;
        }
      }
      if (BinomialTail.twoSided(count, sample.length, bin.probability) < ALPHA / law.size()) {
        return false;
      }
    }
    return true;
  }

  private static long[] draw(String sigma, int samples) {
    BigInteger[] ratio = ratio(sigma);
    long[] out = new long[samples];
    RoundedNormal.of(ratio[0], ratio[1]).fill(out, bits());
    return out;
  }

  private static BitSource bits() {
    return NoiseSource.seeded(20260, InsecureRandomness.acknowledgeNoPrivacy()).open();
  }

  private static BigInteger[] ratio(String sigma) {
    String[] parts = sigma.split("/", 2);
    return new BigInteger[] {new BigInteger(parts[0]), new BigInteger(parts[1])};
  }

  private static long[] map(long[] sample, LongUnaryOperator change) {
    long[] changed = new long[sample.length];
    for (int i = 0; i < sample.length; i++) {
      changed[i] = change.applyAsLong(sample[i]);
    }
    return changed;
  }

  private static Map<String, List<Bin>> readBins() {
    try (InputStream file =
        Objects.requireNonNull(
            RoundedNormalLawTest.class.getResourceAsStream("rounded-normal.txt"))) {
      Map<String, List<Bin>> law = new LinkedHashMap<>();
      new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", 5))
          .forEach(
              field ->
                  law.computeIfAbsent(field[0] + "/" + field[1], key -> new ArrayList<>())
                      .add(
                          new Bin(
                              field[2].equals("*") ? Long.MIN_VALUE : Long.parseLong(field[2]),
                              field[3].equals("*") ? Long.MAX_VALUE : Long.parseLong(field[3]),
                              Double.parseDouble(field[4]))));
      return law;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
