package org.quietune.release;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.quietune.random.BitSource;

/**
 * The one door: the noisy sum over privacy units of clipped vectors. Nothing else in Quietune reads
 * private records.
 *
 * <p>Definition: for units {@code u} with record vectors {@code v_ur}, and {@code clip} as in
 * {@link L2Clip}, it releases {@code S = Σ_u clip(Σ_r v_ur)}, in lattice cells, perturbed by the
 * plan's {@link NoiseLaw}. With {@link GaussianNoise} that is {@code S + round(σX)}, {@code X}
 * exact independent standard normals and σ = noiseMultiplier · cells. With {@link
 * PoissonGaussianNoise} the sum runs over a random sample of the units, which nobody sees.
 *
 * <p>Guarantee: that of the plan's event, for the plan's relation and the records' unit. With
 * Gaussian noise it is exactly μ-Gaussian DP with {@code μ = sensitivity/σ}: S is an integer
 * vector, so {@code S + round(σX) = round(S + σX)} is post-processing of the ideal Gaussian
 * mechanism, and there is no floating-point, discreteness or truncation term in δ (docs/theory.md,
 * Theorem 1 and Lemma 2). With the other laws it is (ε, 0)-DP (Theorem 2, Lemma 2b).
 *
 * <p>Order of events: the spend is durable in the ledger, then all noise is drawn, then the first
 * private record is read (and with it the sample, unit by unit, where there is one), then the noisy
 * sum is stored durably and read back. A failure at any point therefore spends at most once and
 * never releases unpaid noise.
 *
 * <p>Replay: a sum that the store already holds under the name is returned as it is; nothing is
 * charged, drawn or read. A resumed run therefore never makes a second release of one spend.
 *
 * <p>Limits: at most 2³¹ units, so that 64-bit sums cannot overflow.
 *
 * <p>One-shot: a second {@link #release} on the same object throws, because two releases of one
 * spend would average the noise away.
 */
public final class PrivateSum {
  private final SumPlan plan;
  private final ReleaseContext context;
  private final AtomicBoolean released = new AtomicBoolean();

  public PrivateSum(SumPlan plan, ReleaseContext context) {
    this.plan = Objects.requireNonNull(plan);
    this.context = Objects.requireNonNull(context);
  }

  /**
   * Spends, draws, sums, stores.
   *
   * @param name the name under which the sum is stored, once in a run
   * @throws IllegalStateException on a second call, or when the pass over the records breaks down
   * @throws LedgerException when the spend could not be written; then no record was read
   */
  public <R> NoisySum release(String name, PrivateRecords<R> records, VectorMap<R> map) {
    if (map.dimension() != plan.dimension()) {
      throw new IllegalArgumentException(
          "the map has dimension " + map.dimension() + ", the plan " + plan.dimension());
    }
    if (!released.compareAndSet(false, true)) {
      throw new IllegalStateException("a PrivateSum releases once; make a new one and pay for it");
    }
    Optional<NoisySum> stored = context.replay(name, plan);
    if (stored.isPresent()) {
      return stored.get();
    }
    context.claim(name);
    // A file that cannot be read is refused here, before it costs anything.
    records.prepare();
    NoiseSampler sampler = NoiseSampler.of(plan);
    // Opening the source checks it: without entropy nothing is spent.
    BitSource bits = context.noise().open();
    CrashPoint.BEFORE_CHARGE.reached(name);
    Ledger.Receipt receipt = context.charge(plan, records.privacyUnit());
    CrashPoint.AFTER_CHARGE.reached(name);
    NoiseSampler.Perturbation noise = sampler.draw(bits);
    CrashPoint.AFTER_NOISE.reached(name);
    long[] sum =
        new UnitSummation<>(plan.clip(), map, context.threads())
            .sum(records, UnitSample.of(plan.noise(), bits));
    CrashPoint.AFTER_SUM.reached(name);
    NoisySum noisy =
        new NoisySum(
            plan,
            noise.perturb(sum),
            receipt,
            context.noise().description(),
            context.noise().isSecure());
    NoisySum kept = context.store().storeAndReadBack(name, noisy);
    CrashPoint.AFTER_STORE.reached(name);
    return kept;
  }
}
