package org.quietune.random;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * A published noise law as the tests see it. One line in {@link #ALL} enrolls a sampler in every
 * test of noise laws: exact masses, law and twins, low bits, range, reproducibility.
 *
 * @param name the sampler's class
 * @param factory the law of a rational parameter
 * @param dyadic the law of a double parameter
 * @param maxExponent the largest parameter is 2^maxExponent; the smallest is 2⁻¹⁰
 * @param golden file of exact bin probabilities
 * @param frozen six values at parameter 1000 from seed 7
 */
record NoiseLaw(
    String name, Factory factory, Dyadic dyadic, int maxExponent, String golden, String frozen) {

  static final List<NoiseLaw> ALL =
      List.of(
          new NoiseLaw(
              "RoundedNormal",
              (p, q) -> Noise.of(RoundedNormal.of(p, q)::sample, RoundedNormal.of(p, q)::fill),
              s -> Noise.of(RoundedNormal.of(s)::sample, RoundedNormal.of(s)::fill),
              60,
              "rounded-normal.txt",
              "[714, 43, 1458, -1415, -725, -576]"),
          new NoiseLaw(
              "DiscreteLaplace",
              (p, q) -> Noise.of(DiscreteLaplace.of(p, q)::sample, DiscreteLaplace.of(p, q)::fill),
              s -> Noise.of(DiscreteLaplace.of(s)::sample, DiscreteLaplace.of(s)::fill),
              50,
              "discrete-laplace.txt",
              "[-1472, 2261, -1281, 142, 1382, 167]"));

  /** What every law offers. */
  interface Noise {
    long sample(BitSource bits);

    void fill(long[] out, BitSource bits);

    static Noise of(ToLongFunction<BitSource> sample, Fill fill) {
      return new Noise() {
        @Override
        public long sample(BitSource bits) {
          return sample.applyAsLong(bits);
        }

        @Override
        public void fill(long[] out, BitSource bits) {
          fill.fill(out, bits);
        }
      };
    }
  }

  interface Fill {
    void fill(long[] out, BitSource bits);
  }

  interface Factory {
    Noise of(BigInteger numerator, BigInteger denominator);
  }

  interface Dyadic {
    Noise of(double parameter);
  }

  /** A parameter as the rational that it is. */
  record Ratio(BigInteger numerator, BigInteger denominator) {

    Ratio times(long numerator, long denominator) {
      return new Ratio(
          this.numerator.multiply(BigInteger.valueOf(numerator)),
          this.denominator.multiply(BigInteger.valueOf(denominator)));
    }

    double value() {
      return numerator.doubleValue() / denominator.doubleValue();
    }

    @Override
    public String toString() {
      return numerator + "/" + denominator;
    }
  }

  /** The values from first to last, and their probability. */
  record Bin(long first, long last, double probability) {}

  Noise at(Ratio parameter) {
    return factory.of(parameter.numerator, parameter.denominator);
  }

  long[] draw(Ratio parameter, int samples, BitSource bits) {
    long[] out = new long[samples];
    at(parameter).fill(out, bits);
    return out;
  }

  /** Exact bin probabilities by parameter, in the order of the golden file. */
  Map<Ratio, List<Bin>> bins() {
    try (InputStream file =
        Objects.requireNonNull(NoiseLaw.class.getResourceAsStream(golden), golden)) {
      Map<Ratio, List<Bin>> law = new LinkedHashMap<>();
      new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", 5))
          .forEach(
              field ->
                  law.computeIfAbsent(
                          new Ratio(new BigInteger(field[0]), new BigInteger(field[1])),
                          key -> new ArrayList<>())
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

  @Override
  public String toString() {
    return name;
  }
}
