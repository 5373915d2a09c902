package org.quietune.release;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.random.InsecureRandomness;
import org.quietune.random.NoiseSource;

/**
 * What a release needs besides its plan: where the spend is written, where noise comes from, and
 * where the noisy sum is kept. Only two kinds can be made: a real one (durable ledger and store,
 * secure noise), and a seeded one that makes no DP claim. A mixture cannot be built.
 */
public final class ReleaseContext {
  private final Ledger ledger;
  private final String dataset;
  private final String run;
  private final SumStore store;
  private final NoiseSource noise;
  private final int threads;

  private ReleaseContext(
      Ledger ledger, String dataset, String run, SumStore store, NoiseSource noise, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be positive: " + threads);
    }
    this.ledger = Objects.requireNonNull(ledger);
    this.dataset = Objects.requireNonNull(dataset);
    this.run = Objects.requireNonNull(run);
    this.store = Objects.requireNonNull(store);
    this.noise = Objects.requireNonNull(noise);
    this.threads = threads;
  }

  /**
   * A real release: spends go to {@code ledger}, noise comes from the operating system's CSPRNG.
   */
  public static ReleaseContext durable(
      Ledger ledger, String dataset, String run, SumStore store, int threads) {
    return new ReleaseContext(ledger, dataset, run, store, NoiseSource.secure(), threads);
  }

  /** Repeatable noise, nothing durable, no DP claim: for tests and for {@code reproduce}. */
  public static ReleaseContext seeded(long seed, int threads, InsecureRandomness token) {
    return new ReleaseContext(
        new ForgetfulLedger(),
        "seeded",
        "seed " + seed,
        (name, sum) -> sum,
        NoiseSource.seeded(seed, token),
        threads);
  }

  Ledger.Receipt charge(SumPlan plan, String privacyUnit) {
    return ledger.charge(
        new Ledger.Charge(
            dataset, run, plan.purpose(), privacyUnit, plan.relation(), plan.event()));
  }

  /** Charges what is not one sum. */
  Ledger.Receipt charge(
      String purpose, String privacyUnit, NeighboringRelation relation, PrivacyEvent event) {
    return ledger.charge(new Ledger.Charge(dataset, run, purpose, privacyUnit, relation, event));
  }

  /** For runs that were paid for already, and whose sums nobody may see: they stay in memory. */
  ReleaseContext prepaid(PrepaidLedger paid) {
    return new ReleaseContext(paid, dataset, run, (name, sum) -> sum, noise, threads);
  }

  SumStore store() {
    return store;
  }

  NoiseSource noise() {
    return noise;
  }

  int threads() {
    return threads;
  }

  /** Counts entries and keeps none: seeded runs claim nothing that a ledger could back. */
  private static final class ForgetfulLedger implements Ledger {
    private final AtomicLong count = new AtomicLong();

    @Override
    public Receipt charge(Charge charge) {
      return new Receipt(count.incrementAndGet(), "none");
    }

    @Override
    public Receipt setBudget(Budget budget) {
      throw new UnsupportedOperationException("a seeded run has no budget");
    }

    @Override
    public LedgerBook read() {
      return LedgerBook.verified("of a seeded run", List.of());
    }

    @Override
    public void close() {}
  }
}
