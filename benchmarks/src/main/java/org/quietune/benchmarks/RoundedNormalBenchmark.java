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
import org.quietune.random.NoiseSource;
import org.quietune.random.RoundedNormal;

/**
 * Exact rounded normals per second on one core, from the cryptographic source, at the σ of a clip
 * of 2³⁰ cells and a noise multiplier of 3.7. Generating the bits is part of the time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RoundedNormalBenchmark {
  static final int COUNT = 4096;

  private final RoundedNormal law = RoundedNormal.of(0x1p30 * 3.7);
  private final BitSource bits = NoiseSource.secure().open();
  private final long[] noise = new long[COUNT];

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long[] fill() {
    law.fill(noise, bits);
    return noise;
  }
}
