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
import org.quietune.accounting.Calibration;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PldAccountant;
import org.quietune.accounting.PoissonSubsampledGaussianEvent;
import org.quietune.accounting.PrivacyAccountant;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.RdpAccountant;
import org.quietune.accounting.SelfComposedEvent;

/** Time of questions about the sampled Gaussian mechanism, q = 0.01, at δ = 10⁻⁵. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class AccountantBenchmark {
  private static final double DELTA = 1e-5;
  private static final double EPSILON = 2;

  @Param({"100", "10000"})
  public long steps = 100;

  private PrivacyEvent event(double noise) {
    return new SelfComposedEvent(new PoissonSubsampledGaussianEvent(0.01, noise), steps);
  }

  private double epsilon(PrivacyAccountant accountant) {
    accountant.compose(event(1));
    return accountant.epsilon(DELTA);
  }

  @Benchmark
  public double epsilonByLossDistributions() {
    return epsilon(new PldAccountant(NeighboringRelation.ADD_OR_REMOVE_ONE));
  }

  @Benchmark
  public double epsilonByRdp() {
    return epsilon(new RdpAccountant(NeighboringRelation.ADD_OR_REMOVE_ONE));
  }

  @Benchmark
  public double noiseByLossDistributions() {
    return new Calibration(() -> new PldAccountant(NeighboringRelation.ADD_OR_REMOVE_ONE))
        .noiseMultiplier(this::event, EPSILON, DELTA);
  }
}
