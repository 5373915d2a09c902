package org.quietune.release;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.TightAccountant;

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
 * @param mu Gaussian-DP parameter of all releases together, rounded up; infinite, and left out of
 *     the file, where a release is not Gaussian
 * @param neighboringRelation which data sets the guarantee compares
 * @param privacyUnit whose privacy it speaks of
 * @param deltaCurve points of the exact δ(ε) curve, rounded up
 * @param mechanism the method's name
 * @param settings what the method chose from public information
 * @param releases every release of private information
 * @param noiseSource where the noise came from
 * @param baseModelSha256 hash of the pretrained model's file
 * @param modelSha256 hash of the fine-tuned model's file
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
    List<Release> releases,
    String noiseSource,
    String baseModelSha256,
    String modelSha256) {

  public static final int FORMAT_VERSION = 1;

  public Certificate {
    // No run has μ = 0: the field was left out.
    mu = mu == 0 ? Double.POSITIVE_INFINITY : mu;
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

  /** One release, as it was charged and stored. */
  public record Release(
      String purpose,
      int dimension,
      double clipNorm,
      int clipBits,
      NoiseLaw noise,
      long ledgerSequence,
      String ledgerHash) {

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

    static Release of(NoisySum sum) {
      SumPlan plan = sum.plan();
      return new Release(
          plan.purpose(),
          plan.dimension(),
          plan.clip().clipNorm(),
          plan.clip().clipBits(),
          plan.noise(),
          sum.receipt().sequence(),
          sum.receipt().hash());
    }
  }

  /** The method, and the files before and after it. */
  public record Subject(
      String software,
      String mechanism,
      Map<String, Object> settings,
      String baseModelSha256,
      String modelSha256) {}

  /**
   * The certificate of the model that rests on {@code sums}.
   *
   * @param sums every release that the model rests on; at least one, all of one relation
   * @param privacyUnit the records' unit
   * @param delta at which ε is stated
   */
  public static Certificate of(
      Subject subject, List<NoisySum> sums, String privacyUnit, double delta) {
    NeighboringRelation relation = relation(sums);
    TightAccountant accountant =
        TightAccountant.of(relation, sums.stream().map(sum -> sum.plan().event()).toList());
    double mu = accountant.mu().orElse(Double.POSITIVE_INFINITY);
    double epsilon =
        delta == 0 ? accountant.pureEpsilon().orElseThrow() : accountant.epsilon(delta);
    boolean dpClaim = sums.stream().allMatch(NoisySum::secure);
    return new Certificate(
        FORMAT_VERSION,
        subject.software(),
        statement(dpClaim, relation, privacyUnit, epsilon, delta, mu),
        dpClaim,
        epsilon,
        delta,
        mu,
        relation,
        privacyUnit,
        curve(accountant, epsilon),
        subject.mechanism(),
        subject.settings(),
        sums.stream().map(Release::of).toList(),
        sums.get(0).noiseSource(),
        subject.baseModelSha256(),
        subject.modelSha256());
  }

  private static NeighboringRelation relation(List<NoisySum> sums) {
    List<NeighboringRelation> relations =
        sums.stream().map(s -> s.plan().relation()).distinct().toList();
    if (relations.size() != 1) {
      throw new IllegalArgumentException("sums must share one neighboring relation: " + relations);
    }
    return Objects.requireNonNull(relations.get(0));
  }

  private static String statement(
      boolean dpClaim,
      NeighboringRelation relation,
      String unit,
      double epsilon,
      double delta,
      double mu) {
    if (!dpClaim) {
      return "No DP claim: the noise came from a seed, so this model protects nobody.";
    }
    String change =
        relation == NeighboringRelation.ADD_OR_REMOVE_ONE
            ? "Adding or removing all records of one " + unit
            : "Replacing all records of one " + unit + " by any others";
    if (delta == 0) {
      return "%s changes the probability of any outcome by at most a factor e^ε with ε = %s, without exception (pure ε-differential privacy, δ = 0)."
          .formatted(change, epsilon);
    }
    String exactly = Double.isFinite(mu) ? "; exactly %s-Gaussian DP".formatted(mu) : "";
    return "%s changes the probability of any outcome by at most a factor e^ε with ε = %s, up to δ = %s ((ε, δ)-differential privacy%s)."
        .formatted(change, epsilon, delta, exactly);
  }

  /** ε at and around the stated one, so that a reader can trade ε against δ. */
  private static List<CurvePoint> curve(TightAccountant accountant, double epsilon) {
    return List.of(0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0).stream()
        .map(factor -> factor * epsilon)
        .map(e -> new CurvePoint(e, accountant.delta(e)))
        .toList();
  }
}
