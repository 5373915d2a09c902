package org.quietune.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.tuning.FineTuning;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.PrivateTuning;

/**
 * What a run was asked for, as its folder keeps it. Texts are empty, and left out of the file,
 * where nothing was given.
 *
 * @param model path of the pretrained model
 * @param publicData path of the public table
 * @param privateData path of the private table; nothing else about it is kept
 * @param test path of the public table to measure on
 * @param label column of the labels
 * @param unit column of the privacy unit; empty where each record is one
 * @param units public nominal number of units; 0 where a noisy count is bought
 * @param recordsPerUnit public nominal number of records of a unit
 * @param epsilon most that the run may spend, at {@code delta}
 * @param delta 0 where the guarantee is pure
 * @param relation which data sets the guarantee compares
 * @param mechanism its name on the command line
 * @param rounds {@code auto} or a number
 * @param tuneRuns mean number of runs of a private selection; 0 where nothing is selected
 * @param training what is trained and how; left to the mechanism where nothing was given
 * @param foreign how to use a model file that does not tell itself
 * @param ledger path of the ledger; empty for a database, whose URL may hold a secret
 * @param dataset the name under which the ledger keeps the data set's spends
 * @param sign path of the signing key
 * @param dataNote a remark about the data for the report
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record RunOptions(
    String model,
    String publicData,
    String privateData,
    String test,
    String label,
    String unit,
    double units,
    double recordsPerUnit,
    double epsilon,
    double delta,
    NeighboringRelation relation,
    String mechanism,
    String rounds,
    double tuneRuns,
    TrainingOptions training,
    ForeignModel foreign,
    String ledger,
    String dataset,
    String sign,
    String dataNote) {

  RunOptions {
    training = Objects.requireNonNullElseGet(training, TrainingOptions::none);
    foreign = Objects.requireNonNullElseGet(foreign, ForeignModel::none);
    test = given(test);
    unit = given(unit);
    ledger = given(ledger);
    sign = given(sign);
    dataNote = given(dataNote);
  }

  /** The text, or an empty one. */
  static String given(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }

  @JsonIgnore
  Optional<String> unitColumn() {
    return Optional.of(unit).filter(column -> !column.isEmpty());
  }

  @JsonIgnore
  OptionalDouble statedUnits() {
    return units > 0 ? OptionalDouble.of(units) : OptionalDouble.empty();
  }

  /**
   * The method that carries the mechanism out.
   *
   * @throws IllegalArgumentException where there is none
   */
  @JsonIgnore
  FineTuningMethod method() {
    Mechanism asked = Mechanism.of(mechanism);
    return isTuned()
        ? new PrivateTuning(mechanism, asked.grid(), tuneRuns, recordsPerUnit)
        : asked.method(roundsAsked(), pullAsked());
  }

  /** Whether the model is the best of a secret number of runs. */
  @JsonIgnore
  boolean isTuned() {
    return tuneRuns > 0;
  }

  /** What the whole run is charged as, or, where its parts are, no less than that. */
  @JsonIgnore
  PrivacyEvent spend() {
    return isTuned()
        ? FineTuning.spend(method(), budget(), statedUnits().isEmpty())
        : budget().event();
  }

  @JsonIgnore
  PrivacyBudget budget() {
    return PrivacyBudget.of(epsilon, delta, relation);
  }

  /**
   * Refuses a combination that no method can carry out.
   *
   * @throws IllegalArgumentException saying what would do
   */
  RunOptions requireSense() {
    if (isTuned() && roundsAsked().isPresent()) {
      throw new IllegalArgumentException(
          "--rounds belongs to a run without --tune, which selects among its own");
    }
    if (pullAsked().isPresent() && (isTuned() || Mechanism.of(mechanism) != Mechanism.QEM)) {
      throw new IllegalArgumentException("--public-pull belongs to --mechanism qem without --tune");
    }
    method().requireBudget(budget());
    training.selection();
    boolean geometryAsked =
        !training.geometry().isAutomatic() || !training.curvatureData().isEmpty();
    if (geometryAsked && !Mechanism.of(mechanism).takesGeometry()) {
      throw new IllegalArgumentException(
          "--subspace, --curvature and --curvature-data belong to --mechanism qem and pure: "
              + mechanism
              + " has its own");
    }
    return this;
  }

  private OptionalDouble pullAsked() {
    Double pull = training.publicPull();
    return pull == null ? OptionalDouble.empty() : OptionalDouble.of(pull);
  }

  private OptionalInt roundsAsked() {
    return rounds.equals(RoundsConverter.AUTO)
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseInt(rounds));
  }

  /** The same on other paths; an empty one stays. */
  RunOptions at(
      String publicPath,
      String privatePath,
      String testPath,
      String curvaturePath,
      String keyPath) {
    return new RunOptions(
        model,
        publicPath.isEmpty() ? publicData : publicPath,
        privatePath.isEmpty() ? privateData : privatePath,
        testPath.isEmpty() ? test : testPath,
        label,
        unit,
        units,
        recordsPerUnit,
        epsilon,
        delta,
        relation,
        mechanism,
        rounds,
        tuneRuns,
        training.at(curvaturePath),
        foreign,
        ledger,
        dataset,
        keyPath.isEmpty() ? sign : keyPath,
        dataNote);
  }
}
