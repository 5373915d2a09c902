package org.quietune.release;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.quietune.accounting.Allowance;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.RelationChange;
import org.quietune.accounting.TightAccountant;
import org.quietune.accounting.UnsupportedEventException;

/**
 * What a data set's spends add up to, and what its budget leaves.
 *
 * <p>Guarantee: every figure holds for the account's unit and relation, by {@link TightAccountant};
 * spends are rounded up, what is left is rounded down. A spend under add-or-remove-one counts under
 * a budget for replace-one as {@link RelationChange} restates it; the other way none is allowed.
 */
public final class Account {
  private final String dataset;
  private final String privacyUnit;
  private final NeighboringRelation relation;
  private final Optional<Ledger.Budget> budget;
  private final TightAccountant accountant;
  private final int spends;

  private Account(
      String dataset,
      String privacyUnit,
      NeighboringRelation relation,
      Optional<Ledger.Budget> budget,
      List<Ledger.Entry> entries) {
    this.dataset = dataset;
    this.privacyUnit = privacyUnit;
    this.relation = relation;
    this.budget = budget;
    this.spends = entries.size();
    this.accountant =
        TightAccountant.of(
            relation, entries.stream().map(entry -> counted(entry.charge())).toList());
  }

  /** The account of a budget. */
  static Account of(Ledger.Budget budget, List<Ledger.Entry> entries) {
    return new Account(
        budget.dataset(), budget.privacyUnit(), budget.relation(), Optional.of(budget), entries);
  }

  /** The account of spends that share data set, unit and relation, and no budget limits. */
  static Account unlimited(List<Ledger.Entry> entries) {
    Ledger.Charge first = entries.get(0).charge();
    return new Account(
        first.dataset(), first.privacyUnit(), first.relation(), Optional.empty(), entries);
  }

  /** The event as it counts here. */
  private PrivacyEvent counted(Ledger.Charge charge) {
    if (!charge.privacyUnit().equals(privacyUnit)) {
      throw new BudgetRefusedException(
          "the budget of data set '%s' protects the unit '%s'; a spend for the unit '%s' (%s) says nothing about it"
              .formatted(dataset, privacyUnit, charge.privacyUnit(), charge.purpose()));
    }
    return RelationChange.restate(charge.event(), charge.relation(), relation)
        .orElseThrow(
            () ->
                new BudgetRefusedException(
                    "the budget of data set '%s' is for %s; what a spend under %s (%s) costs there is not known"
                        .formatted(
                            dataset,
                            inWords(relation),
                            inWords(charge.relation()),
                            charge.purpose())));
  }

  /** Refuses an event that no accountant can bound, before anybody rests on it. */
  static void requireBoundable(Ledger.Charge charge) {
    try {
      new TightAccountant(charge.relation()).compose(charge.event());
    } catch (UnsupportedEventException e) {
      throw new LedgerException(
          "%s under %s has no known bound, so it cannot be charged to '%s'"
              .formatted(charge.event(), inWords(charge.relation()), charge.dataset()),
          e);
    }
  }

  void requireRoom(Ledger.Charge charge) {
    Ledger.Budget limit = budget.orElseThrow();
    PrivacyEvent event = counted(charge);
    if (!accountant.plus(event).satisfies(limit.epsilon(), limit.delta())) {
      throw new BudgetExceededException(this, () -> noRoom(limit, charge, event));
    }
  }

  private String noRoom(Ledger.Budget limit, Ledger.Charge charge, PrivacyEvent event) {
    return "the budget of data set '%s' (%s) has no room for this (%s: %s): spent %s in %s; %s"
        .formatted(
            dataset,
            inWords(limit),
            charge.purpose(),
            cost(event, limit.delta()),
            spentInWords(limit),
            spendsInWords(),
            leftInWords(event));
  }

  /** Refuses a budget that was passed before it was set. */
  void requireCovered() {
    Ledger.Budget limit = budget.orElseThrow();
    if (!accountant.satisfies(limit.epsilon(), limit.delta())) {
      throw new BudgetExceededException(
          this,
          () ->
              "the data set '%s' has already spent %s in %s, more than the budget (%s) would allow"
                  .formatted(dataset, spentInWords(limit), spendsInWords(), inWords(limit)));
    }
  }

  private String cost(PrivacyEvent event, double delta) {
    TightAccountant one = TightAccountant.of(relation, List.of(event));
    return delta == 0
        ? one.pureEpsilon().isPresent()
            ? "ε = " + Rounded.up(one.pureEpsilon().getAsDouble())
            : "not (ε, 0)-DP for any ε"
        : "ε = %s at δ = %s".formatted(Rounded.up(one.epsilon(delta)), delta);
  }

  private String spentInWords(Ledger.Budget limit) {
    double epsilon = epsilon(limit.delta());
    return epsilon == Double.POSITIVE_INFINITY
        ? "more than any ε at δ = " + limit.delta()
        : "ε = " + Rounded.up(epsilon);
  }

  private String spendsInWords() {
    return spends == 1 ? "1 spend" : spends + " spends";
  }

  private String leftInWords(PrivacyEvent refused) {
    double delta = budget.orElseThrow().delta();
    TightAccountant one = TightAccountant.of(relation, List.of(refused));
    if (delta == 0 || one.pureEpsilon().isPresent()) {
      double pure = remainingPureEpsilon();
      return pure == 0
          ? "nothing is left"
          : "left, and what would fit: a pure ε of at most " + Rounded.down(pure);
    }
    double mu = remainingMu();
    return mu == 0
        ? "nothing is left"
        : "left, and what would fit: one release of at most ε = %s at δ = %s (μ = %s, noise multiplier %s)"
            .formatted(
                Rounded.down(epsilonOf(mu, delta)),
                delta,
                Rounded.down(mu),
                Rounded.up(noiseMultiplier(mu)));
  }

  static String inWords(Ledger.Budget budget) {
    return "ε = %s, δ = %s, %s, unit '%s'"
        .formatted(
            budget.epsilon(), budget.delta(), inWords(budget.relation()), budget.privacyUnit());
  }

  private static String inWords(NeighboringRelation relation) {
    return switch (relation) {
      case ADD_OR_REMOVE_ONE -> "add-remove";
      case REPLACE_ONE -> "replace-one";
    };
  }

  public String dataset() {
    return dataset;
  }

  public String privacyUnit() {
    return privacyUnit;
  }

  public NeighboringRelation relation() {
    return relation;
  }

  /** The budget; empty where spends are only recorded. */
  public Optional<Ledger.Budget> budget() {
    return budget;
  }

  /** How many spends there are. */
  public int spends() {
    return spends;
  }

  /**
   * The ε of all spends together at {@code delta}, rounded up; infinite where there is none.
   *
   * @param delta nonnegative and below 1; 0 asks for a pure guarantee
   */
  public double epsilon(double delta) {
    return delta == 0
        ? accountant.pureEpsilon().orElse(Double.POSITIVE_INFINITY)
        : accountant.epsilon(delta);
  }

  /** The μ of all spends together, rounded up; empty where one is not Gaussian. */
  public OptionalDouble mu() {
    return accountant.mu();
  }

  /**
   * The μ that one more Gaussian release may have, rounded down; infinite without a budget, 0 where
   * none fits.
   */
  public double remainingMu() {
    return budget
        .map(limit -> Allowance.gaussianMu(accountant, limit.epsilon(), limit.delta()))
        .orElse(Double.POSITIVE_INFINITY);
  }

  /**
   * The ε that one more run may ask for at {@code delta}, rounded down; infinite without a budget,
   * 0 where none fits.
   *
   * @param delta nonnegative and below 1; 0 asks for a pure run
   */
  public double remainingEpsilon(double delta) {
    return delta == 0 ? remainingPureEpsilon() : epsilonOf(remainingMu(), delta);
  }

  private double remainingPureEpsilon() {
    return budget
        .map(limit -> Allowance.pureEpsilon(accountant, limit.epsilon(), limit.delta()))
        .orElse(Double.POSITIVE_INFINITY);
  }

  /** The noise over the clip norm with which one more release has the given μ, rounded up. */
  public double noiseMultiplier(double mu) {
    return relation.sensitivityFactor() * GaussianDp.noiseMultiplier(mu);
  }

  /** The largest ε whose whole budget at {@code delta} is at most {@code mu}. */
  private static double epsilonOf(double mu, double delta) {
    if (mu == 0 || mu == Double.POSITIVE_INFINITY) {
      return mu;
    }
    double epsilon = GaussianDp.epsilon(mu, delta);
    while (epsilon > 0 && GaussianDp.mu(epsilon, delta) > mu) {
      epsilon = Math.nextDown(epsilon);
    }
    return epsilon;
  }
}
