package org.quietune.release;

import java.util.Comparator;
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
  public record Scored<T>(T outcome, double score) {}

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
   * @param expectedRuns mean of K, from 1 to 2¹⁰
   * @param noiseMultiplier of the one Gaussian release that each run may spend
   */
  public PrivateSelection(
      String purpose,
      int candidates,
      double expectedRuns,
      double noiseMultiplier,
      NeighboringRelation relation) {
    this.purpose = Objects.requireNonNull(purpose);
    if (candidates < 1) {
      throw new IllegalArgumentException("candidates must be positive: " + candidates);
    }
    this.candidates = candidates;
    this.event = new PoissonSelectionEvent(new GaussianEvent(noiseMultiplier), expectedRuns);
    this.relation = Objects.requireNonNull(relation);
  }

  /** What is charged. */
  public PoissonSelectionEvent event() {
    return event;
  }

  /**
   * Spends, draws the number of runs, runs.
   *
   * @param records on which the runs spend: they tell the privacy unit
   * @return empty where the number of runs was zero
   * @throws IllegalStateException on a second call, or when a run spends more than it may
   */
  public <T> Optional<T> best(ReleaseContext context, PrivateRecords<?> records, Run<T> run) {
    if (!done.compareAndSet(false, true)) {
      throw new IllegalStateException("a PrivateSelection selects once; make a new one");
    }
    PoissonCount count = PoissonCount.of(event.expectedRuns());
    BitSource bits = context.noise().open();
    Ledger.Receipt receipt = context.charge(purpose, records.privacyUnit(), relation, event);
    Optional<Scored<T>> best = Optional.empty();
    Comparator<Scored<T>> byScore = Comparator.comparingDouble(Scored::score);
    for (int left = count.sample(bits); left > 0; left--) {
      int candidate = UniformInteger.below(candidates, bits);
      ReleaseContext prepaid =
          context.prepaid(new PrepaidLedger(receipt, (GaussianEvent) event.run(), relation));
      Scored<T> scored = run.of(candidate, prepaid);
      if (best.isEmpty() || byScore.compare(scored, best.orElseThrow()) > 0) {
        best = Optional.of(scored);
      }
    }
    return best.map(Scored::outcome);
  }
}
