package org.quietune.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianDpAccountant;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;

/** Time of one accounting question, at δ = 10⁻⁵. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class GaussianDpBenchmark {
  static final int RELEASES = 10_000;
  private static final double DELTA = 1e-5;

  @Param({"0.1", "1", "8"})
  public double epsilon = 1;

  /** μ that goes with {@link #epsilon}, near enough for a timing. */
  private double mu() {
    return epsilon / 4;
  }

  @Benchmark
  public double muOfBudget() {
    return GaussianDp.mu(epsilon, DELTA);
  }

  @Benchmark
  public double epsilonOfMu() {
    return GaussianDp.epsilon(mu(), DELTA);
  }

  @Benchmark
  public double deltaOfMu() {
    return GaussianDp.delta(mu(), epsilon);
  }

  /** {@value #RELEASES} releases composed one by one, then one question. */
  @Benchmark
  public double epsilonOfManyReleases() {
    GaussianDpAccountant accountant =
        new GaussianDpAccountant(NeighboringRelation.ADD_OR_REMOVE_ONE);
    GaussianEvent event = new GaussianEvent(Math.sqrt(RELEASES) / mu());
    for (int i = 0; i < RELEASES; i++) {
      accountant.compose(event);
    }
    return accountant.epsilon(DELTA);
  }
}
