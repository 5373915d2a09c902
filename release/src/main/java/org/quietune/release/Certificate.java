package org.quietune.release;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianDpAccountant;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PoissonSelectionEvent;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.TightAccountant;
import org.quietune.accounting.UnsupportedEventException;

/**
 * What is guaranteed of a model, and everything that the guarantee depends on. Holds public values
 * only; no hash of private data.
 *
 * @param formatVersion of this record, {@value #FORMAT_VERSION}
 * @param software name and version of what made it
 * @param statement the guarantee in one plain sentence
 * @param dpClaim false when the noise was seeded: then nothing is guaranteed
 * @param epsilon at {@code delta}, rounded up
 * @param delta as asked for; 0 where the guarantee is pure
 * @param mu Gaussian-DP parameter of all spends together, rounded up; infinite, and left out of the
 *     file, where a spend is not Gaussian
 * @param neighboringRelation which data sets the guarantee compares
 * @param privacyUnit whose privacy it speaks of
 * @param deltaCurve points of the exact δ(ε) curve, rounded up
 * @param mechanism the method's name
 * @param settings what the method chose from public information
 * @param run the run's id, under which its spends stand in the ledger
 * @param dataset the name under which the ledger keeps the data set's spends
 * @param releases every release of private information, in the order of their spends
 * @param lost spends of the run whose sum was lost in a crash before anybody saw it; they count
 * @param selection the private selection whose best run the model is; null, and left out of the
 *     file, where nothing was selected
 * @param ledgerHead the last entry of the ledger when this was written
 * @param noiseSource where the noise came from
 * @param baseModelSha256 hash of the pretrained model's file
 * @param modelSha256 hash of the fine-tuned model's file
 * @param files hashes of all other files of the folder, by their paths in it
 * @param signer the public key that {@code certificate.sig} is to be checked with (X.509 in
 *     base64); empty, and left out of the file, where nobody signs
 */
@JsonPropertyOrder({"formatVersion", "software", "statement", "dpClaim", "epsilon", "delta", "mu"})
public record Certificate(
    int formatVersion,
    String software,
    String statement,
    boolean dpClaim,
    double epsilon,
    double delta,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Infinite.class) double mu,
    NeighboringRelation neighboringRelation,
    String privacyUnit,
    List<CurvePoint> deltaCurve,
    String mechanism,
    Map<String, Object> settings,
    String run,
    String dataset,
    List<Release> releases,
    List<Lost> lost,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Selected selection,
    LedgerEntry ledgerHead,
    String noiseSource,
    String baseModelSha256,
    String modelSha256,
    SortedMap<String, String> files,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String signer) {

  public static final int FORMAT_VERSION = 2;

  private static final String SELECTED =
      " This holds for choosing among the candidates too (private selection: Papernot and Steinke"
          + " 2022; docs/theory.md, Theorem 4), as long as the number of runs and how long they took"
          + " stay secret.";

  public Certificate {
    // No run has μ = 0: the field was left out.
    mu = mu == 0 ? Double.POSITIVE_INFINITY : mu;
    signer = Objects.requireNonNullElse(signer, "");
  }

  /** Leaves an infinite number out of the file. */
  static final class Infinite {
    @Override
    public boolean equals(@Nullable Object value) {
      return value instanceof Double number && number.isInfinite();
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }

  /** A point of the δ(ε) curve. */
  public record CurvePoint(double epsilon, double delta) {}

  /** An entry of the ledger, by its number and hash. */
  public record LedgerEntry(long sequence, String hash) {
    static LedgerEntry of(Ledger.Receipt receipt) {
      return new LedgerEntry(receipt.sequence(), receipt.hash());
    }

    public Ledger.Receipt receipt() {
      return new Ledger.Receipt(sequence, hash);
    }
  }

  /**
   * A spend without a release.
   *
   * @param event as the ledger holds it
   */
  public record Lost(String purpose, JsonNode event, LedgerEntry ledgerEntry) {
    static Lost of(Ledger.Entry entry) {
      Ledger.Charge charge = entry.charge();
      return new Lost(
          charge.purpose(),
          CanonicalJson.tree(EventJson.write(charge.event())),
          LedgerEntry.of(entry.receipt()));
    }

    public PrivacyEvent privacyEvent() {
      return EventJson.read(event.toString());
    }
  }

  /**
   * The best of a secret number of runs, for one spend.
   *
   * @param event as the ledger holds it
   * @param candidates how many there were
   * @param chosen number of the best run's candidate, from 1; 0 where no run was made and the model
   *     is the pretrained one
   * @param releases of the best run, its score included; the selection's spend has paid for them
   */
  public record Selected(
      String purpose,
      JsonNode event,
      int candidates,
      int chosen,
      List<Release> releases,
      LedgerEntry ledgerEntry) {

    static Selected of(Selection selection, List<Release> releases) {
      return new Selected(
          selection.purpose(),
          CanonicalJson.tree(EventJson.write(selection.event())),
          selection.candidates(),
          selection.chosen(),
          releases,
          LedgerEntry.of(selection.receipt()));
    }

    public PrivacyEvent privacyEvent() {
      return EventJson.read(event.toString());
    }

    /** Whether the best run's releases together are at most the one that each run could spend. */
    public boolean isWithinOneRun(NeighboringRelation relation) {
      if (!(privacyEvent() instanceof PoissonSelectionEvent selected)
          || !(selected.run() instanceof GaussianEvent run)) {
        return false;
      }
      GaussianDpAccountant spent = new GaussianDpAccountant(relation);
      try {
        releases.forEach(release -> spent.compose(release.event(relation)));
      } catch (UnsupportedEventException notGaussian) {
        return false;
      }
      return releases.isEmpty()
          || spent.mu() <= relation.sensitivityFactor() * GaussianDp.muOf(run.noiseMultiplier());
    }
  }

  /**
   * One release, as it was charged and stored.
   *
   * @param name of the files in {@code sums} and {@code public} that belong to it
   */
  public record Release(
      String name,
      String purpose,
      int dimension,
      double clipNorm,
      int clipBits,
      NoiseLaw noise,
      LedgerEntry ledgerEntry) {

    /** The privacy event of the release, recomputed from what is stated here. */
    public PrivacyEvent event(NeighboringRelation relation) {
      return noise.event(dimension, new L2Clip(clipNorm, clipBits), relation);
    }

    /** The ε of the release alone where it is (ε, 0)-DP, rounded up; infinite otherwise. */
    public double pureEpsilon(NeighboringRelation relation) {
      return TightAccountant.of(relation, List.of(event(relation)))
          .pureEpsilon()
          .orElse(Double.POSITIVE_INFINITY);
    }

    static Release of(String name, NoisySum sum) {
      SumPlan plan = sum.plan();
      return new Release(
          name,
          plan.purpose(),
          plan.dimension(),
          plan.clip().clipNorm(),
          plan.clip().clipBits(),
          plan.noise(),
          LedgerEntry.of(sum.receipt()));
    }
  }

  /** The method, and the files before and after it. */
  public record Subject(
      String software,
      String mechanism,
      Map<String, Object> settings,
      String baseModelSha256,
      String modelSha256,
      SortedMap<String, String> files,
      String signer) {}

  /**
   * What a run has spent.
   *
   * @param sums every sum that was stored, by name; all of one relation, and at least one where
   *     nothing was selected
   * @param selection the selection that has paid for the sums with its receipt
   * @param lost every other spend of the run
   * @param ledgerHead the last entry of the ledger
   */
  public record Spending(
      String run,
      String dataset,
      String privacyUnit,
      Map<String, NoisySum> sums,
      Optional<Selection> selection,
      List<Ledger.Entry> lost,
      Ledger.Receipt ledgerHead) {

    private boolean isSelected(Ledger.Receipt receipt) {
      return selection.filter(s -> s.receipt().equals(receipt)).isPresent();
    }

    private List<Release> releases(boolean selected) {
      return sums.entrySet().stream()
          .filter(sum -> isSelected(sum.getValue().receipt()) == selected)
          .map(sum -> Release.of(sum.getKey(), sum.getValue()))
          .sorted(Comparator.comparingLong(release -> release.ledgerEntry().sequence()))
          .toList();
    }

    private NeighboringRelation relation() {
      return the(
          "neighboring relation",
          Stream.concat(
              selection.map(Selection::relation).stream(),
              sums.values().stream().map(sum -> sum.plan().relation())));
    }

    private String noiseSource() {
      return the(
          "noise source",
          Stream.concat(
              selection.map(Selection::noiseSource).stream(),
              sums.values().stream().map(NoisySum::noiseSource)));
    }

    private boolean secure() {
      return selection.map(Selection::secure).orElse(true)
          && sums.values().stream().allMatch(NoisySum::secure);
    }

    private static <T> T the(String what, Stream<T> values) {
      List<T> distinct = values.distinct().toList();
      if (distinct.size() != 1) {
        throw new IllegalArgumentException("sums must share one " + what + ": " + distinct);
      }
      return Objects.requireNonNull(distinct.get(0));
    }
  }

  /**
   * What follows from a list of events: the figures of a certificate.
   *
   * @param mu infinite where an event is not Gaussian
   */
  public record Guarantee(double epsilon, double mu, List<CurvePoint> deltaCurve) {

    /** Composes the events exactly, rounding up. */
    public static Guarantee of(
        NeighboringRelation relation, List<PrivacyEvent> events, double delta) {
      TightAccountant accountant = TightAccountant.of(relation, events);
      double epsilon =
          delta == 0
              ? accountant.pureEpsilon().orElse(Double.POSITIVE_INFINITY)
              : accountant.epsilon(delta);
      return new Guarantee(
          epsilon, accountant.mu().orElse(Double.POSITIVE_INFINITY), curve(accountant, epsilon));
    }
  }

  /**
   * The certificate of the model that rests on {@code spending}.
   *
   * @param delta at which ε is stated
   */
  public static Certificate of(Subject subject, Spending spending, double delta) {
    NeighboringRelation relation = spending.relation();
    List<Release> releases = spending.releases(false);
    List<Lost> lost = spending.lost().stream().map(Lost::of).toList();
    @Nullable Selected selected =
        spending.selection().map(s -> Selected.of(s, spending.releases(true))).orElse(null);
    Guarantee guarantee = Guarantee.of(relation, events(relation, releases, lost, selected), delta);
    boolean dpClaim = spending.secure();
    return new Certificate(
        FORMAT_VERSION,
        subject.software(),
        statement(dpClaim, relation, spending.privacyUnit(), guarantee, delta, selected),
        dpClaim,
        guarantee.epsilon(),
        delta,
        guarantee.mu(),
        relation,
        spending.privacyUnit(),
        guarantee.deltaCurve(),
        subject.mechanism(),
        subject.settings(),
        spending.run(),
        spending.dataset(),
        releases,
        lost,
        selected,
        LedgerEntry.of(spending.ledgerHead()),
        spending.noiseSource(),
        subject.baseModelSha256(),
        subject.modelSha256(),
        subject.files(),
        subject.signer());
  }

  /** The figures again, from the stated parameters of releases and lost spends alone. */
  public Guarantee recomputed() {
    return Guarantee.of(
        neighboringRelation, events(neighboringRelation, releases, lost, selection), delta);
  }

  /** The sentence that goes with the stated figures. */
  public String expectedStatement() {
    return statement(
        dpClaim,
        neighboringRelation,
        privacyUnit,
        new Guarantee(epsilon, mu, deltaCurve),
        delta,
        selection);
  }

  private static List<PrivacyEvent> events(
      NeighboringRelation relation,
      List<Release> releases,
      List<Lost> lost,
      @Nullable Selected selection) {
    return Stream.of(
            releases.stream().map(release -> release.event(relation)),
            lost.stream().map(Lost::privacyEvent),
            Stream.ofNullable(selection).map(Selected::privacyEvent))
        .flatMap(Function.identity())
        .toList();
  }

  /** The certificate of a folder that holds one more file. */
  public Certificate withFile(String name, String sha256) {
    SortedMap<String, String> more = new TreeMap<>(files);
    more.put(name, sha256);
    return new Certificate(
        formatVersion,
        software,
        statement,
        dpClaim,
        epsilon,
        delta,
        mu,
        neighboringRelation,
        privacyUnit,
        deltaCurve,
        mechanism,
        settings,
        run,
        dataset,
        releases,
        lost,
        selection,
        ledgerHead,
        noiseSource,
        baseModelSha256,
        modelSha256,
        more,
        signer);
  }

  private static String statement(
      boolean dpClaim,
      NeighboringRelation relation,
      String unit,
      Guarantee guarantee,
      double delta,
      @Nullable Selected selection) {
    if (!dpClaim) {
      return "No DP claim: the noise came from a seed, so this model protects nobody.";
    }
    String change =
        relation == NeighboringRelation.ADD_OR_REMOVE_ONE
            ? "Adding or removing all records of one " + unit
            : "Replacing all records of one " + unit + " by any others";
    if (delta == 0) {
      return "%s changes the probability of any outcome by at most a factor e^ε with ε = %s, without exception (pure ε-differential privacy, δ = 0)."
          .formatted(change, guarantee.epsilon());
    }
    double mu = guarantee.mu();
    String exactly = Double.isFinite(mu) ? "; exactly %s-Gaussian DP".formatted(mu) : "";
    String sentence =
        "%s changes the probability of any outcome by at most a factor e^ε with ε = %s, up to δ = %s ((ε, δ)-differential privacy%s)."
            .formatted(change, guarantee.epsilon(), delta, exactly);
    return selection == null ? sentence : sentence + SELECTED;
  }

  /** ε at and around the stated one, so that a reader can trade ε against δ. */
  private static List<CurvePoint> curve(TightAccountant accountant, double epsilon) {
    return List.of(0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0).stream()
        .map(factor -> factor * epsilon)
        .map(e -> new CurvePoint(e, accountant.delta(e)))
        .toList();
  }
}
