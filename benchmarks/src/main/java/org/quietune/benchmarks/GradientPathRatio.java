package org.quietune.benchmarks;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * What per-record gradients in a subspace cost over plain ones, all taking turns in one process
 * ({@link PrivateSumRatio} says why).
 */
public final class GradientPathRatio {
  /** Time on the processor: on a shared machine, that of others does not count. */
  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

  private static final int WARMUP_TURNS = 20;
  private static final int TURNS = 40;

  private GradientPathRatio() {}

  /** Takes no arguments. */
  public static void main(String[] args) {
    run(List.of("cnn", "mlp"), WARMUP_TURNS, TURNS, System.out);
  }

  static void run(List<String> models, int warmupTurns, int turns, PrintStream out) {
    out.println(
        "processor time in microseconds per record, best turn; ratio to plain gradients: best (median)");
    for (String model : models) {
      GradientPathBenchmark benchmark = new GradientPathBenchmark();
      benchmark.model = model;
      benchmark.prepare();
      List<String> names =
          List.of(
              "plain",
              "kronecker:16",
              "kfac whitened",
              "kfac on lattice",
              "kfac, 8 copies",
              "both",
              "head, cached",
              "libtorch batch");
      List<Supplier<double[]>> paths =
          List.of(
              benchmark::plainGradients,
              benchmark::kroneckerClipped,
              benchmark::kfacWhitenedClipped,
              benchmark::kfacWhitenedOnLattice,
              benchmark::kfacWhitenedMeans,
              benchmark::kroneckerKfacWhitenedClipped,
              benchmark::headOnCachedFeaturesClipped,
              benchmark::libtorchBatchGradient);
      double[][] times = new double[paths.size()][turns];
      for (int turn = -warmupTurns; turn < turns; turn++) {
        for (int p = 0; p < paths.size(); p++) {
          times[p][Math.max(0, turn)] = microseconds(paths.get(p));
        }
      }
      benchmark.close();
      for (int p = 0; p < paths.size(); p++) {
        out.printf(
            Locale.ROOT,
            "%5s %-16s %9.1f %7.2f (%.2f)%n",
            model,
            names.get(p),
            Arrays.stream(times[p]).min().orElseThrow(),
            Arrays.stream(times[p]).min().orElseThrow()
                / Arrays.stream(times[0]).min().orElseThrow(),
            medianRatio(times[p], times[0]));
      }
    }
  }

  private static double microseconds(Supplier<double[]> path) {
    long start = CLOCK.getCurrentThreadCpuTime();
    double[] result = path.get();
    long end = CLOCK.getCurrentThreadCpuTime();
    double elapsed = (end - start) / 1e3 / GradientPathBenchmark.RECORDS;
    // Reading the result keeps the compiler from dropping the work.
    if (Double.isNaN(result[0])) {
      throw new IllegalStateException("the sum is not a number");
    }
    return elapsed;
  }

  private static double medianRatio(double[] times, double[] plain) {
    double[] ratios = new double[times.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = times[i] / plain[i];
    }
    Arrays.sort(ratios);
    return ratios[ratios.length / 2];
  }
}
