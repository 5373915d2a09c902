package org.quietune.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.quietune.random.BitSource;
import org.quietune.random.DiscreteLaplace;
import org.quietune.random.NoiseSource;

/**
 * Exact discrete Laplace values per second on one core, from the cryptographic source, at the scale
 * of a count with ε = 1/37 and at that of 2³⁰ cells. Generating the bits is part of the time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DiscreteLaplaceBenchmark {
  static final int COUNT = 4096;

  private final DiscreteLaplace count = DiscreteLaplace.of(37);
  private final DiscreteLaplace cells = DiscreteLaplace.of(0x1p30 * 3.7);
  private final BitSource bits = NoiseSource.secure().open();
  private final long[] noise = new long[COUNT];

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long[] fillAtCounts() {
    count.fill(noise, bits);
    return noise;
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long[] fillAtCells() {
    cells.fill(noise, bits);
    return noise;
  }
}
