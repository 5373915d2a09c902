package org.quietune.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TightAccountantTest {
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;
  private static final NeighboringRelation REPLACE = NeighboringRelation.REPLACE_ONE;

  @Test
  void gaussianEventsComposeToOneGaussian() {
    TightAccountant accountant =
        TightAccountant.of(ADD, List.of(new GaussianEvent(1.0 / 3), new GaussianEvent(0.25)));
    assertEquals(5, accountant.mu().getAsDouble(), 1e-14);
    assertTrue(accountant.mu().getAsDouble() >= 5);
    assertEquals(GaussianDp.epsilon(accountant.mu().getAsDouble(), 1e-5), accountant.epsilon(1e-5));
    assertTrue(accountant.pureEpsilon().isEmpty());
  }

  @Test
  void pureEventsAddUp() {
    TightAccountant accountant =
        TightAccountant.of(
            ADD,
            List.of(
                new PureDpEvent(0.1),
                new SelfComposedEvent(new BoundedRangeEvent(0.2), 3),
                new LaplaceEvent(10)));
    double sum = accountant.pureEpsilon().getAsDouble();
    assertEquals(0.8, sum, 1e-15);
    assertTrue(accountant.epsilon(1e-300) <= sum);
    assertEquals(sum, accountant.epsilon(1e-300), 1e-12);
    assertEquals(0, accountant.delta(sum));
    assertTrue(accountant.mu().isEmpty());
  }

  @Test
  void onlyNoiseOverTheClipNormDoublesWhenOneIsReplaced() {
    assertEquals(0.2, pure(REPLACE, new LaplaceEvent(10)), 1e-16);
    assertEquals(0.1, pure(REPLACE, new PureDpEvent(0.1)));
    assertEquals(0.1, pure(REPLACE, new BoundedRangeEvent(0.1)));
  }

  private static double pure(NeighboringRelation relation, PrivacyEvent event) {
    return TightAccountant.of(relation, List.of(event)).pureEpsilon().getAsDouble();
  }

  @Test
  void deltaOfPureDpIsThatOfRandomizedResponse() {
    // p = e/(1+e): δ(0) = 2p − 1 = tanh(1/2).
    double delta = TightAccountant.of(ADD, List.of(new PureDpEvent(1))).delta(0);
    assertEquals(Math.tanh(0.5), delta, 1e-14);
    assertTrue(delta >= Math.tanh(0.5));
  }

  @Test
  void sumsRoundUp() {
    double first = 0.1;
    double second = 0.2;
    double sum =
        pure(ADD, new ComposedEvent(List.of(new PureDpEvent(first), new PureDpEvent(second))));
    BigDecimal exact = new BigDecimal(first).add(new BigDecimal(second));
    assertTrue(new BigDecimal(sum).compareTo(exact) > 0, "the exact sum is no double");
    assertTrue(new BigDecimal(Math.nextDown(sum)).compareTo(exact) < 0);
  }

  @Test
  void nothingIsComposedOfAnEventThatIsUnknown() {
    TightAccountant accountant = new TightAccountant(REPLACE);
    assertThrows(
        UnsupportedEventException.class,
        () -> accountant.compose(new PoissonSubsampledGaussianEvent(0.5, 1)));
    assertEquals(0, accountant.mu().getAsDouble());
    assertEquals(0, accountant.epsilon(1e-5));
  }

  /** What a row of the golden file says. */
  private record Mixture(double mu, List<PrivacyEvent> others, double epsilon, double delta) {

    static Mixture of(String row) {
      String[] field = row.split(" ", -1);
      double mu = Double.parseDouble(field[1]);
      List<PrivacyEvent> others =
          switch (field[0]) {
            case "gaussian-pure" ->
                Stream.of(field[2].split(",", -1))
                    .<PrivacyEvent>map(pure -> new PureDpEvent(Double.parseDouble(pure)))
                    .toList();
            case "gaussian-laplace" -> List.of(new LaplaceEvent(Double.parseDouble(field[2])));
            case "gaussian-sampled" ->
                List.of(
                    new PoissonSubsampledGaussianEvent(
                        Double.parseDouble(field[2]), Double.parseDouble(field[3])));
            default -> throw new AssertionError(row);
          };
      return new Mixture(
          mu,
          others,
          Double.parseDouble(field[field.length - 2]),
          Double.parseDouble(field[field.length - 1]));
    }

    /** Every μ of the file is a power of two, so its multiplier is exact. */
    PrivacyEvent gaussian() {
      return new GaussianEvent(1 / mu);
    }

    TightAccountant accountant() {
      return TightAccountant.of(ADD, List.of(gaussian(), new ComposedEvent(others)));
    }
  }

  static Stream<String> mixtures() {
    return GoldenValues.read("mixtures.txt").stream().map(f -> String.join(" ", f));
  }

  @ParameterizedTest
  @MethodSource("mixtures")
  void mixturesAgreeWithExactValues(String row) {
    Mixture mixture = Mixture.of(row);
    TightAccountant accountant = mixture.accountant();
    double delta = accountant.delta(mixture.epsilon());
    assertTrue(delta >= mixture.delta() * (1 - 1e-15), "below: " + delta);
    assertTrue(delta <= mixture.delta() * (1 + 2e-3), "loose: " + delta);
    double epsilon = accountant.epsilon(mixture.delta());
    assertTrue(epsilon >= mixture.epsilon() * (1 - 1e-15), "below: " + epsilon);
    assertTrue(epsilon <= mixture.epsilon() * (1 + 1e-3), "loose: " + epsilon);
    assertTrue(accountant.satisfies(mixture.epsilon(), mixture.delta() * (1 + 2e-3)));
    assertFalse(accountant.satisfies(mixture.epsilon(), mixture.delta() * (1 - 1e-9)));
    assertFalse(accountant.satisfies(mixture.epsilon(), 0));
  }

  /** Wrong accounts of a mixture that look plausible. */
  private enum Twin {
    /** The dearest kind alone: no composition across kinds. */
    DEAREST_ALONE {
      @Override
      double delta(Mixture mixture) {
        return Math.max(
            TightAccountant.of(ADD, List.of(mixture.gaussian())).delta(mixture.epsilon()),
            TightAccountant.of(ADD, mixture.others()).delta(mixture.epsilon()));
      }
    },
    /** Every ε, 1/b or q/σ taken for a μ, and squares added. */
    ALL_GAUSSIAN {
      @Override
      double delta(Mixture mixture) {
        double squares = mixture.mu() * mixture.mu();
        for (PrivacyEvent event : mixture.others()) {
          double mu =
              event instanceof PureDpEvent pure
                  ? pure.epsilon()
                  : event instanceof LaplaceEvent laplace
                      ? 1 / laplace.noiseMultiplier()
                      : event instanceof PoissonSubsampledGaussianEvent sampled
                          ? sampled.samplingProbability() / sampled.noiseMultiplier()
                          : Double.NaN;
          squares += mu * mu;
        }
        return GaussianDp.delta(Math.sqrt(squares), mixture.epsilon());
      }
    };

    abstract double delta(Mixture mixture);
  }

  /** Not everywhere is each wrong one below the truth; each must be caught somewhere. */
  @ParameterizedTest
  @EnumSource
  void wrongAccountsOfAMixtureWouldBeCaught(Twin twin) {
    long caught =
        mixtures()
            .map(Mixture::of)
            .filter(mixture -> twin.delta(mixture) < mixture.delta() * (1 - 1e-15))
            .count();
    assertTrue(caught >= 2, twin + " was caught " + caught + " times");
  }

  @Test
  void pureEpsilonIsRoundedOnce() {
    // Rounding each level of nesting up would pass the exact sum, which is a double.
    PrivacyEvent tenth = new PureDpEvent(0.1);
    double exact = 0.1 * 4;
    assertEquals(
        exact,
        pure(
            ADD,
            new ComposedEvent(
                List.of(
                    new ComposedEvent(List.of(tenth, new SelfComposedEvent(tenth, 2))), tenth))));
  }

  @Test
  void satisfiesIsExactForOneKind() {
    double delta = 1e-5;
    double mu = GaussianDp.mu(1, delta);
    PrivacyEvent all = new GaussianEvent(GaussianDp.noiseMultiplier(mu));
    PrivacyEvent more = new GaussianEvent(GaussianDp.noiseMultiplier(mu) * (1 - 0x1p-50));
    assertTrue(TightAccountant.of(ADD, List.of(all)).satisfies(1, delta));
    assertFalse(TightAccountant.of(ADD, List.of(more)).satisfies(1, delta));
    assertFalse(TightAccountant.of(ADD, List.of(all)).satisfies(1, 0));
    TightAccountant pure =
        TightAccountant.of(ADD, List.of(new PureDpEvent(0.25), new PureDpEvent(0.75)));
    assertTrue(pure.satisfies(1, 0));
    assertFalse(pure.satisfies(Math.nextDown(1.0), 0));
    assertTrue(TightAccountant.of(ADD, List.of()).satisfies(0, 0));
  }
}
