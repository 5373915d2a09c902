package org.quietune.release;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PoissonSelectionEvent;
import org.quietune.random.BitSource;
import org.quietune.random.PoissonCount;
import org.quietune.random.UniformInteger;

/**
 * Private selection: the best of a random number of private runs, each of a candidate drawn at
 * random, for the price of little more than one run.
 *
 * <p>Definition: K is Poisson of the given mean. K times a candidate is drawn uniformly and run;
 * what is given back is the outcome of the run with the highest score, the first of them where
 * several have it.
 *
 * <p>Guarantee: that of the {@link PoissonSelectionEvent} whose run is the {@link GaussianEvent} of
 * the given noise multiplier, under the given relation, for the records' unit, <em>provided that
 * nothing but the outcome that is given back becomes known</em>: not K, not another run, not the
 * time that all took. Runs therefore keep their sums in memory and show no progress, and the caller
 * must not let a run leave traces. (Papernot and Steinke 2022; docs/theory.md §5.10)
 *
 * <p>Preconditions (checked here): the spends of each run together are at most one Gaussian release
 * of that multiplier. Caller's duty: outcome and score follow from the run's own releases and from
 * public values.
 *
 * <p>Order of events: the whole selection is durable in the ledger, then K is drawn, then the first
 * run starts. One-shot.
 */
public final class PrivateSelection {

  /** One private run of a candidate. All it knows of private records comes through the context. */
  @FunctionalInterface
  public interface Run<T> {
    Scored<T> of(int candidate, ReleaseContext context);
  }

  /** An outcome and what it is compared by. */
  public record Scored<T>(T outcome, double score) {
    public Scored {
      if (Double.isNaN(score)) {
        throw new IllegalArgumentException("a score must have a place in the order, not be NaN");
      }
    }
  }

  private final String purpose;
  private final int candidates;
  private final PoissonSelectionEvent event;
  private final NeighboringRelation relation;
  private final AtomicBoolean done = new AtomicBoolean();

  /**
   * A selection.
   *
   * @param purpose in a few words; written to the ledger
   * @param candidates how many there are
   * @param event what is charged: the mean of K, from 1 to 2¹⁰, and the one Gaussian release that
   *     each run may spend
   */
  public PrivateSelection(
      String purpose, int candidates, PoissonSelectionEvent event, NeighboringRelation relation) {
    this.purpose = Objects.requireNonNull(purpose);
    if (candidates < 1) {
      throw new IllegalArgumentException("candidates must be positive: " + candidates);
    }
    this.candidates = candidates;
    if (!(event.run() instanceof GaussianEvent)) {
      throw new IllegalArgumentException("the runs of a selection must be Gaussian: " + event);
    }
    this.event = event;
    this.relation = Objects.requireNonNull(relation);
  }

  /** What is charged. */
  public PoissonSelectionEvent event() {
    return event;
  }

  /**
   * What was selected.
   *
   * @param selection for everybody
   * @param best outcome of the best run; empty where the number of runs was zero
   */
  public record Selected<T>(Selection selection, Optional<T> best) {}

  /** A run that may still be the best. */
  private record Leader<T>(int candidate, Scored<T> scored, RunMemory memory) {}

  /**
   * Spends, draws the number of runs, runs, and keeps the best run's sums and public values in the
   * context's stores.
   *
   * @param records on which the runs spend: they tell the privacy unit
   * @throws IllegalStateException on a second call, or when a run spends more than it may
   */
  public <T> Selected<T> best(ReleaseContext context, PrivateRecords<?> records, Run<T> run) {
    if (!done.compareAndSet(false, true)) {
      throw new IllegalStateException("a PrivateSelection selects once; make a new one");
    }
    PoissonCount count = PoissonCount.of(event.expectedRuns());
    // A file that cannot be read is refused here, before it costs anything.
    records.prepare();
    BitSource bits = context.noise().open();
    CrashPoint.BEFORE_CHARGE.reached(purpose);
    Ledger.Receipt receipt = context.charge(purpose, records.privacyUnit(), relation, event);
    CrashPoint.AFTER_CHARGE.reached(purpose);
    Optional<Leader<T>> best = Optional.empty();
    for (int left = count.sample(bits); left > 0; left--) {
      int candidate = UniformInteger.below(candidates, bits);
      RunMemory memory = new RunMemory();
      ReleaseContext prepaid =
          context.prepaid(
              new PrepaidLedger(receipt, (GaussianEvent) event.run(), relation), memory);
      Scored<T> scored = run.of(candidate, prepaid);
      if (best.isEmpty() || scored.score() > best.orElseThrow().scored().score()) {
        best = Optional.of(new Leader<>(candidate, scored, memory));
      }
    }
    CrashPoint.BETWEEN_ROUNDS.reached(purpose);
    best.ifPresent(leader -> leader.memory().publish(context));
    return new Selected<>(
        new Selection(
            purpose,
            event,
            relation,
            candidates,
            best.map(leader -> leader.candidate() + 1).orElse(0),
            receipt,
            context.noise().description(),
            context.noise().isSecure()),
        best.map(leader -> leader.scored().outcome()));
  }
}
