package org.quietune.benchmarks;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.random.InsecureRandomness;
import org.quietune.release.GaussianNoise;
import org.quietune.release.L2Clip;
import org.quietune.release.PrivateRecords;
import org.quietune.release.PrivateSum;
import org.quietune.release.ReleaseContext;
import org.quietune.release.SumPlan;

/**
 * Vectors per second through the door, against a plain sum of clipped vectors in doubles. A release
 * is timed whole: threads, cursor, copy, clip, lattice, exact norm check, sum and noise. The ratio
 * of the two rates is what counts. About half of the vectors are clipped.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
public class PrivateSumBenchmark {
  static final int VECTORS = 10_000;
  private static final double CLIP_NORM = 1;
  private static final double NOISE_MULTIPLIER = 3.7;

  @Param({"256", "1024", "4096"})
  public int k = 256;

  private List<double[]> vectors = List.of();
  private PrivateRecords<double[]> records = VectorRecords.sealed(vectors);

  @Setup
  public void draw() {
    SplittableRandom random = new SplittableRandom(1);
    // Coordinates uniform in ±width have a root mean square of width/√3: norms lie around 1.
    double width = Math.sqrt(3.0 / k);
    vectors =
        IntStream.range(0, VECTORS)
            .mapToObj(i -> random.doubles(k, -width, width).toArray())
            .toList();
    records = VectorRecords.sealed(vectors);
  }

  SumPlan plan() {
    return new SumPlan(
        "benchmark",
        k,
        new L2Clip(CLIP_NORM),
        new GaussianNoise(NOISE_MULTIPLIER),
        NeighboringRelation.ADD_OR_REMOVE_ONE);
  }

  @Benchmark
  @OperationsPerInvocation(VECTORS)
  public double[] oneThread() {
    return release(1);
  }

  @Benchmark
  @OperationsPerInvocation(VECTORS)
  public double[] twoThreads() {
    return release(2);
  }

  private double[] release(int threads) {
    ReleaseContext context =
        ReleaseContext.seeded(1, threads, InsecureRandomness.acknowledgeNoPrivacy());
    return new PrivateSum(plan(), context).release("sum", records, new VectorRecords(k)).vector();
  }

  /** What one would write without privacy in mind, on one thread. */
  @Benchmark
  @OperationsPerInvocation(VECTORS)
  public double[] plainDoubleSum() {
    double[] sum = new double[k];
    for (double[] vector : vectors) {
      double squared = 0;
      for (double v : vector) {
        squared += v * v;
      }
      double scale = Math.min(1, CLIP_NORM / Math.sqrt(squared));
      for (int j = 0; j < sum.length; j++) {
        sum[j] += vector[j] * scale;
      }
    }
    return sum;
  }
}
