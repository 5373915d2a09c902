package org.quietune.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * The private pass per record against the same network's gradients in PyTorch, the two processes
 * taking turns: wall time, and time on the processors, which others' work does not stretch.
 */
public final class PyTorchRatio {
  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();
  private static final int WARMUP_TURNS = 15;
  private static final int TURNS = 30;

  private PyTorchRatio() {}

  /** Microseconds per record. */
  private record Time(double wall, double processor) {}

  /** One side of the comparison. */
  private interface Side {
    Time turn() throws Exception;
  }

  /**
   * Arguments: the Python interpreter, {@code benchmarks/pytorch.py}, then numbers of threads (1
   * and 2 when there are none).
   */
  public static void main(String[] args) throws Exception {
    List<Integer> threads = new ArrayList<>();
    for (int i = 2; i < args.length; i++) {
      threads.add(Integer.parseInt(args[i]));
    }
    System.out.println(
        "microseconds per record, best turn (median): wall time, then processor time");
    for (int count : threads.isEmpty() ? List.of(1, 2) : threads) {
      Process python =
          new ProcessBuilder(args[0], args[1], Integer.toString(count))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(python.getInputStream(), StandardCharsets.UTF_8));
          Writer out = python.outputWriter(StandardCharsets.UTF_8)) {
        System.out.println("threads: " + count + ", PyTorch " + line(in));
        for (String model : List.of("cnn", "mlp")) {
          compare(model, count, in, out);
        }
      } finally {
        python.destroy();
      }
    }
  }

  private static String line(BufferedReader in) throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new IOException("the Python process has ended; is PyTorch installed?");
    }
    return line;
  }

  private static void compare(String model, int threads, BufferedReader in, Writer out)
      throws Exception {
    List<GradientPathBenchmark> each = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      GradientPathBenchmark benchmark = new GradientPathBenchmark();
      benchmark.model = model;
      benchmark.prepare();
      each.add(benchmark);
    }
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    List<String> names =
        List.of("PyTorch plain", "PyTorch vmap, clipped", "plain", "kronecker:16", "kfac whitened");
    List<Side> sides =
        List.of(
            () -> python(model + " plain 1", in, out),
            () -> python(model + " vmap 1", in, out),
            () -> java(each, GradientPathBenchmark::plainGradients, pool),
            () -> java(each, GradientPathBenchmark::kroneckerClipped, pool),
            () -> java(each, GradientPathBenchmark::kfacWhitenedClipped, pool));
    Time[][] times = new Time[sides.size()][TURNS];
    for (int turn = -WARMUP_TURNS; turn < TURNS; turn++) {
      for (int side = 0; side < times.length; side++) {
        times[side][Math.max(0, turn)] = sides.get(side).turn();
      }
    }
    pool.shutdown();
    each.forEach(GradientPathBenchmark::close);
    for (int side = 0; side < times.length; side++) {
      double[] wall = Arrays.stream(times[side]).mapToDouble(Time::wall).sorted().toArray();
      double[] used = Arrays.stream(times[side]).mapToDouble(Time::processor).sorted().toArray();
      System.out.printf(
          Locale.ROOT,
          "%5s %-22s %9.1f (%.1f) %9.1f (%.1f)%n",
          model,
          names.get(side),
          wall[0],
          wall[TURNS / 2],
          used[0],
          used[TURNS / 2]);
    }
  }

  private static Time python(String request, BufferedReader in, Writer out) throws IOException {
    out.write(request + "\n");
    out.flush();
    String[] pair = line(in).split(":", -1);
    return new Time(Double.parseDouble(pair[0]), Double.parseDouble(pair[1]));
  }

  /** Each thread goes over its own records. */
  private static Time java(
      List<GradientPathBenchmark> each,
      Function<GradientPathBenchmark, double[]> path,
      ExecutorService pool)
      throws InterruptedException, ExecutionException {
    long start = System.nanoTime();
    List<Future<Long>> used = new ArrayList<>();
    for (GradientPathBenchmark benchmark : each) {
      used.add(pool.submit(() -> processorTime(benchmark, path)));
    }
    long processor = 0;
    for (Future<Long> one : used) {
      processor += one.get();
    }
    double perRecord = 1e3 * each.size() * GradientPathBenchmark.RECORDS;
    return new Time((System.nanoTime() - start) / perRecord, processor / perRecord);
  }

  private static long processorTime(
      GradientPathBenchmark benchmark, Function<GradientPathBenchmark, double[]> path) {
    long start = CLOCK.getCurrentThreadCpuTime();
    double[] sum = path.apply(benchmark);
    long used = CLOCK.getCurrentThreadCpuTime() - start;
    if (Double.isNaN(sum[0])) {
      throw new IllegalStateException("the sum is not a number");
    }
    return used;
  }
}
