package org.quietune.benchmarks;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The cost of the door over a plain sum of clipped vectors, on a machine that others use too. The
 * two take turns in one process, so that both see the same load; a ratio of JMH rates, whose forks
 * run minutes apart, would mostly compare the neighbors.
 */
public final class PrivateSumRatio {
  private static final int[] DIMENSIONS = {256, 1024, 4096};
  private static final int WARMUP_TURNS = 15;
  private static final int TURNS = 45;

  private PrivateSumRatio() {}

  /** Takes no arguments. */
  public static void main(String[] args) {
    run(DIMENSIONS, WARMUP_TURNS, TURNS, System.out);
  }

  static void run(int[] dimensions, int warmupTurns, int turns, PrintStream out) {
    out.println("milliseconds for 10,000 vectors, best turn; ratios to the plain sum");
    print(out, "k", "plain", "1 thread", "2 threads", "ratio 1", "(median)", "ratio 2", "(median)");
    for (int k : dimensions) {
      PrivateSumBenchmark benchmark = new PrivateSumBenchmark();
      benchmark.k = k;
      benchmark.draw();
      double[] plain = new double[turns];
      double[] one = new double[turns];
      double[] two = new double[turns];
      for (int turn = -warmupTurns; turn < turns; turn++) {
        int i = Math.max(0, turn);
        plain[i] = milliseconds(benchmark::plainDoubleSum);
        one[i] = milliseconds(benchmark::oneThread);
        two[i] = milliseconds(benchmark::twoThreads);
      }
      print(
          out,
          k,
          format(best(plain)),
          format(best(one)),
          format(best(two)),
          format(best(one) / best(plain)),
          format(medianRatio(one, plain)),
          format(best(two) / best(plain)),
          format(medianRatio(two, plain)));
    }
  }

  private static double milliseconds(Supplier<double[]> sum) {
    long start = System.nanoTime();
    double[] result = sum.get();
    double elapsed = (System.nanoTime() - start) / 1e6;
    // Reading the result keeps the compiler from dropping the work.
    if (Double.isNaN(result[0])) {
      throw new IllegalStateException("the sum is not a number");
    }
    return elapsed;
  }

  private static double best(double[] times) {
    return Arrays.stream(times).min().orElseThrow();
  }

  private static double medianRatio(double[] times, double[] plain) {
    double[] ratios = new double[times.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = times[i] / plain[i];
    }
    Arrays.sort(ratios);
    return ratios[ratios.length / 2];
  }

  private static String format(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static void print(PrintStream out, Object... cells) {
    out.printf(Locale.ROOT, "%6s %9s %9s %9s %8s %8s %8s %8s%n", cells);
  }
}
