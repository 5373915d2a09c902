package org.quietune.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every benchmark runs once and computes what it says it times. Nothing is timed here. */
class BenchmarksTest {

  @Test
  void normalsHaveTheirSpread() {
    double squared = 0;
    for (long value : new RoundedNormalBenchmark().fill()) {
      squared += Math.pow(value / (0x1p30 * 3.7), 2);
    }
    // The mean square of 4096 has deviation .022 about 1: seven of them.
    assertEquals(1, squared / RoundedNormalBenchmark.COUNT, 0.155);
  }

  @Test
  void discreteLaplacesHaveTheirSpread() {
    DiscreteLaplaceBenchmark benchmark = new DiscreteLaplaceBenchmark();
    // |N|/scale has mean and deviation 1 (nearly): the mean of 4096 has deviation .016, seven of
    // it.
    assertEquals(1, meanSize(benchmark.fillAtCounts(), 37), 0.11);
    assertEquals(1, meanSize(benchmark.fillAtCells(), 0x1p30 * 3.7), 0.11);
  }

  private static double meanSize(long[] noise, double scale) {
    return Arrays.stream(noise).mapToDouble(n -> Math.abs(n) / scale).average().orElseThrow();
  }

  @Test
  void theDoorAndThePlainSumAddTheSameVectors() {
    PrivateSumBenchmark benchmark = new PrivateSumBenchmark();
    benchmark.draw();
    double[] plain = benchmark.plainDoubleSum();
    double[] oneThread = benchmark.oneThread();
    assertArrayEquals(oneThread, benchmark.twoThreads());
    double noise = 7 * benchmark.plan().noiseScale();
    assertArrayEquals(plain, oneThread, noise);
    assertTrue(Arrays.stream(plain).map(Math::abs).max().orElseThrow() > 0);
  }

  @Test
  void theRatioIsPrintedForEveryDimension() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrivateSumRatio.run(
        new int[] {8, 16}, 0, 1, new PrintStream(out, true, StandardCharsets.UTF_8));
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertEquals(4, lines.size(), lines.toString());
    assertTrue(lines.get(3).strip().startsWith("16 "), lines.toString());
  }

  /** Both engines' batch gradients agree, and clipped sums stay within the number of records. */
  @Test
  void gradientPathsAddWhatTheySay() {
    for (String model : List.of("cnn", "mlp")) {
      GradientPathBenchmark benchmark = new GradientPathBenchmark();
      benchmark.model = model;
      benchmark.prepare();
      double[] plain = benchmark.plainGradients();
      double[] other = benchmark.libtorchBatchGradient();
      for (int j = 0; j < plain.length; j++) {
        assertEquals(other[j], plain[j] / GradientPathBenchmark.RECORDS, 1e-4);
      }
      for (double[] sum :
          List.of(
              benchmark.kroneckerClipped(),
              benchmark.kfacWhitenedClipped(),
              benchmark.kroneckerKfacWhitenedClipped(),
              benchmark.headOnCachedFeaturesClipped())) {
        double norm = Math.sqrt(Arrays.stream(sum).map(v -> v * v).sum());
        assertTrue(norm > 0 && norm <= GradientPathBenchmark.RECORDS * (1 + 1e-12), model + norm);
      }
      double[] clipped = benchmark.kfacWhitenedClipped();
      double[] cells = benchmark.kfacWhitenedOnLattice();
      for (int j = 0; j < clipped.length; j++) {
        // Truncation moves each record by less than a cell.
        assertEquals(
            clipped[j], cells[j] * 0x1p-30, 1.001 * GradientPathBenchmark.RECORDS * 0x1p-30);
      }
      benchmark.close();
    }
  }

  @Test
  void gradientRatiosArePrinted() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    GradientPathRatio.run(List.of("mlp"), 0, 1, new PrintStream(out, true, StandardCharsets.UTF_8));
    assertEquals(9, out.toString(StandardCharsets.UTF_8).lines().count());
  }

  @Test
  void accountingQuestionsAreAnswered() {
    GaussianDpBenchmark benchmark = new GaussianDpBenchmark();
    assertEquals(benchmark.epsilonOfMu(), benchmark.epsilonOfManyReleases(), 1e-6);
    assertTrue(benchmark.deltaOfMu() > 0);
    assertTrue(benchmark.muOfBudget() > 0);
  }

  @Test
  void accountantsAgreeOnSampling() {
    AccountantBenchmark benchmark = new AccountantBenchmark();
    double tight = benchmark.epsilonByLossDistributions();
    assertTrue(tight > 0 && tight < benchmark.epsilonByRdp());
    assertTrue(benchmark.noiseByLossDistributions() > 0);
  }
}
