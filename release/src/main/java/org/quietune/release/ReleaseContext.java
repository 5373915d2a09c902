package org.quietune.release;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
  private final PublicStore publicStore;
  private final NoiseSource noise;
  private final int threads;
  private final Set<String> released = ConcurrentHashMap.newKeySet();

  private ReleaseContext(
      Ledger ledger,
      String dataset,
      String run,
      SumStore store,
      PublicStore publicStore,
      NoiseSource noise,
      int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be positive: " + threads);
    }
    this.ledger = Objects.requireNonNull(ledger);
    this.dataset = Objects.requireNonNull(dataset);
    this.run = Objects.requireNonNull(run);
    this.store = Objects.requireNonNull(store);
    this.publicStore = Objects.requireNonNull(publicStore);
    this.noise = Objects.requireNonNull(noise);
    this.threads = threads;
  }

  /**
   * A real release: spends go to {@code ledger}, noise comes from the operating system's CSPRNG.
   */
  public static ReleaseContext durable(
      Ledger ledger, String dataset, String run, SumStore store, int threads) {
    return new ReleaseContext(
        ledger, dataset, run, store, PublicStore.none(), NoiseSource.secure(), threads);
  }

  /** The same, keeping the public values that steps rest on too. */
  public ReleaseContext keepingPublicValuesIn(PublicStore folder) {
    return new ReleaseContext(ledger, dataset, run, store, folder, noise, threads);
  }

  /**
   * Only what is stored: a release that is not there, like every spend, is an error. For checking a
   * finished run, whose code can then be run again.
   */
  public static ReleaseContext replaying(SumStore store, PublicStore publicStore) {
    return new ReleaseContext(
        new ForgetfulLedger(), "", "", new StoredOnly(store), publicStore, NoiseSource.secure(), 1);
  }

  /** Where the run keeps the public values that its steps rest on. */
  public PublicStore publicStore() {
    return publicStore;
  }

  /** Repeatable noise, nothing durable, no DP claim: for tests and for {@code reproduce}. */
  public static ReleaseContext seeded(long seed, int threads, InsecureRandomness token) {
    return new ReleaseContext(
        new ForgetfulLedger(),
        "seeded",
        "seed " + seed,
        (name, sum) -> sum,
        PublicStore.none(),
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
  ReleaseContext prepaid(PrepaidLedger paid, RunMemory memory) {
    return new ReleaseContext(paid, dataset, run, memory, memory, noise, threads);
  }

  /**
   * The sum that an interrupted run stored under {@code name}: what was released is read again,
   * which is post-processing; no record is read and nothing is spent. Empty where none is stored.
   *
   * @throws IllegalStateException when it was released under another plan, or is asked for twice
   */
  public Optional<NoisySum> replay(String name, SumPlan plan) {
    Optional<NoisySum> stored = store.find(name);
    if (stored.isPresent()) {
      claim(name);
      if (!stored.get().plan().equals(plan)) {
        throw new IllegalStateException(
            "the stored sum '%s' was released under another plan than this run's".formatted(name));
      }
    }
    return stored;
  }

  /** Two releases of one name would be stored, or replayed, as one. */
  void claim(String name) {
    if (!released.add(name)) {
      throw new IllegalStateException("the run has already released '" + name + "'");
    }
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

  private record StoredOnly(SumStore stored) implements SumStore {
    @Override
    public NoisySum storeAndReadBack(String name, NoisySum sum) {
      throw new IllegalStateException("nothing is released while a run is replayed");
    }

    @Override
    public Optional<NoisySum> find(String name) {
      return Optional.of(
          stored
              .find(name)
              .orElseThrow(
                  () -> new IllegalStateException("the sum '" + name + "' is not in the folder")));
    }
  }
}
