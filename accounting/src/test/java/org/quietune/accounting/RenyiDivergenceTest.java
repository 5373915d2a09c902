package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Closed forms against sums and integrals of the definition. */
class RenyiDivergenceTest {

  private static final double[] ORDERS = {1.001, 1.0625, 1.5, 2, 2.5, 3, 7.7, 16, 33, 63.9};

  /** The log of an integral by trapezoids, whose error falls exponentially for such functions. */
  private static double logIntegral(DoubleUnaryOperator logFunction, double low, double high) {
    int steps = 40_000;
    double width = (high - low) / steps;
    double[] logs =
        IntStream.rangeClosed(0, steps)
            .mapToDouble(i -> logFunction.applyAsDouble(low + i * width))
            .toArray();
    double largest = Arrays.stream(logs).max().orElseThrow();
    double sum = Arrays.stream(logs).map(log -> Math.exp(log - largest)).sum();
    return largest + Math.log(sum * width);
  }

  @ParameterizedTest
  @CsvSource({"0.01, 0.4", "0.2, 1", "0.5, 2", "0.001, 1.5", "0.9, 0.3", "1e-4, 3"})
  void sampledGaussianMomentsAreTheIntegral(double q, double mu) {
    for (double order : ORDERS) {
      double logMoment =
          logIntegral(
              z ->
                  NormalLaw.logDensity(z)
                      + order * Math.log1p(q * Math.expm1(mu * z - mu * mu / 2)),
              -40,
              40 + order * mu);
      double exact = logMoment / (order - 1);
      double computed = RenyiDivergence.subsampledGaussian(q, mu, order);
      double slack = 1e-11 / (order - 1) + 1e-11 * exact;
      assertEquals(exact, computed, slack, "order " + order);
      assertTrue(computed >= exact - 1e-13 / (order - 1) - 1e-13 * exact, "order " + order);
    }
  }

  /** Small divergences keep their digits at integer orders, and bound those between. */
  @Test
  void smallSamplesLoseNoDigits() {
    double q = 1e-9;
    double leading = q * q * Math.expm1(1) / 2;
    assertEquals(2 * leading, RenyiDivergence.subsampledGaussian(q, 1, 2), 1e-8 * leading);
    double between = RenyiDivergence.subsampledGaussian(q, 1, 2.5);
    assertTrue(between >= 2.5 * leading && between < 3 * leading, "at 2.5: " + between);
  }

  @ParameterizedTest
  @CsvSource({"1e-6", "0.01", "0.5", "1", "3", "20", "1000"})
  void bothOutcomesOfRandomizedResponse(double epsilon) {
    double up = 1 / (1 + Math.exp(-epsilon));
    for (double order : ORDERS) {
      double exact;
      if (epsilon * order > 30) {
        exact = (Math.log(up) + (order - 1) * epsilon) / (order - 1);
      } else {
        double excess =
            up * Math.expm1((order - 1) * epsilon) + (1 - up) * Math.expm1(-(order - 1) * epsilon);
        exact = Math.log1p(excess) / (order - 1);
      }
      double computed = RenyiDivergence.pureDp(epsilon, order);
      assertEquals(exact, computed, 1e-9 * exact, "order " + order);
      assertTrue(computed <= epsilon && computed <= order * epsilon * epsilon / 2 * (1 + 1e-12));
    }
    assertEquals(epsilon, RenyiDivergence.pureDp(epsilon, Double.POSITIVE_INFINITY));
    double kullbackLeibler = RenyiDivergence.pureDp(epsilon, 1);
    assertEquals((2 * up - 1) * epsilon, kullbackLeibler, 1e-9 * kullbackLeibler);
  }

  @ParameterizedTest
  @CsvSource({"0.01", "0.5", "1", "3", "20"})
  void laplaceMomentsAreTheIntegral(double t) {
    for (double order : ORDERS) {
      // Atoms at both ends, and the density between them.
      double excess =
          Math.expm1((order - 1) * t) / 2
              + Math.exp(-t) / 2 * Math.expm1(-(order - 1) * t)
              + integralBetween(t, order);
      double exact = Math.log1p(excess) / (order - 1);
      double computed = RenyiDivergence.laplace(t, order);
      assertEquals(exact, computed, 1e-6 * exact, "order " + order);
      assertTrue(computed <= t);
    }
    double kullbackLeibler = RenyiDivergence.laplace(t, 1);
    assertEquals(t + Math.exp(-t) - 1, kullbackLeibler, 1e-9 * t * t);
    assertEquals(t, RenyiDivergence.laplace(t, Double.POSITIVE_INFINITY));
  }

  private static double integralBetween(double t, double order) {
    int steps = 200_000;
    double width = 2 * t / steps;
    double sum = 0;
    for (int i = 0; i < steps; i++) {
      double loss = -t + (i + 0.5) * width;
      sum += Math.exp((loss - t) / 2) / 4 * Math.expm1((order - 1) * loss);
    }
    return sum * width;
  }

  /** The worst of ten thousand ranges [t − ε, t], each with its two-point laws. */
  @ParameterizedTest
  @CsvSource({"0.01", "0.5", "1", "3", "20"})
  void boundedRangeIsTheWorstRange(double epsilon) {
    for (double order : ORDERS) {
      double worst = 0;
      for (int i = 1; i < 10_000; i++) {
        double t = epsilon * i / 10_000;
        double q = (Math.exp(-t) - Math.exp(-epsilon)) / -Math.expm1(-epsilon);
        double high = Math.log(q) + order * t;
        double low = Math.log1p(-q) + order * (t - epsilon);
        worst = Math.max(worst, LogSpace.sum(high, low) / (order - 1));
      }
      double computed = RenyiDivergence.boundedRange(epsilon, order);
      double slack = 1e-13 / (order - 1);
      assertTrue(computed >= worst - slack, "order " + order + ": " + computed + " < " + worst);
      assertEquals(worst, computed, 1e-6 * worst + 10 * slack, "order " + order);
      assertTrue(computed <= epsilon && computed <= RenyiDivergence.pureDp(epsilon, order));
    }
  }

  @Test
  void tinyRangesFollowTheQuadraticBound() {
    double computed = RenyiDivergence.boundedRange(1e-9, 3);
    assertEquals(3e-18 / 8, computed, 1e-25);
    assertEquals(0, RenyiDivergence.boundedRange(0, 3));
  }

  @Test
  void hugeParametersDoNotOverflow() {
    assertEquals(1000, RenyiDivergence.boundedRange(1000, 50), 30);
    assertEquals(1000, RenyiDivergence.laplace(1000, 50), 1);
    assertEquals(
        RenyiDivergence.gaussian(1e3, 3.5), RenyiDivergence.subsampledGaussian(0.5, 1e3, 3.5), 2);
    assertEquals(Double.POSITIVE_INFINITY, RenyiDivergence.subsampledGaussian(0.5, 1e300, 3.5));
  }
}
