package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.Example;
import org.quietune.model.ModelFile;
import org.quietune.release.InsecureAccess;
import org.quietune.release.Ledger;
import org.quietune.release.LedgerBook;
import org.quietune.release.LedgerException;
import org.quietune.release.NoisySum;
import org.quietune.release.PrivateRecords;
import org.quietune.release.ReleaseContext;
import org.quietune.release.SumStore;

/**
 * Every method pays, reads and stores round by round, uses what the store gives back, and ends
 * where one of these fails.
 */
class OrderOfRoundsTest {
  private static final ModelFile MODEL = SmallTask.logistic(0.5, 3);
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;

  private final List<String> events = new ArrayList<>();

  private static final String SUM = "gradient sum, ";
  private static final String FORETOLD = "foretold " + SUM;

  /** The method, its budget, and what it releases. */
  static Stream<Arguments> methods() {
    return Stream.of(
        Arguments.of(QuadraticExponentialMechanism.ofRounds(1), SmallTask.budget(1), List.of(SUM)),
        Arguments.of(
            QuadraticExponentialMechanism.ofRounds(3),
            SmallTask.budget(1),
            List.of(FORETOLD, SUM, SUM)),
        Arguments.of(new PureExponentialMechanism(), PureBudget.of(1, ADD), List.of(SUM)),
        Arguments.of(SmallTask.descent(3, 1, 0.5), SmallTask.budget(1), List.of(SUM, SUM, SUM)));
  }

  private double[] run(
      FineTuningMethod method,
      PrivacyBudget budget,
      OptionalDouble units,
      Ledger ledger,
      SumStore store) {
    List<Example> examples = SmallTask.examples(80, 2, 2);
    PrivateRecords<Example> inMemory = SmallTask.sealed(examples);
    PrivateRecords<Example> records =
        PrivateRecords.seal(() -> read(inMemory), inMemory.privacyUnit());
    ReleaseContext context = ReleaseContext.durable(ledger, "data", "run", store, 1);
    return FineTuning.run(
            new FineTuning.Request(
                MODEL,
                PublicData.of(SmallTask.examples(200, 2, 1)),
                records,
                units,
                1,
                budget,
                method),
            context,
            RoundListener.silent())
        .model()
        .parameterValues();
  }

  private PrivateRecords.Cursor<Example> read(PrivateRecords<Example> records) {
    events.add("read");
    return records.openWithoutPrivacy(InsecureAccess.forPublishedDataOnly()).open();
  }

  private NoisySum noted(String name, NoisySum sum) {
    events.add("store " + name);
    return sum;
  }

  @ParameterizedTest
  @MethodSource("methods")
  void payReadStoreRoundByRound(
      FineTuningMethod method, PrivacyBudget budget, List<String> releases) {
    run(method, budget, OptionalDouble.empty(), new NotingLedger(), this::noted);
    List<String> expected =
        new ArrayList<>(List.of("charge unit count", "read", "store unit-count"));
    for (int t = 1; t <= releases.size(); t++) {
      String name = "round-%03d".formatted(t);
      expected.addAll(List.of("charge " + releases.get(t - 1) + name, "read", "store " + name));
    }
    assertEquals(expected, events);
  }

  /** A store that keeps zeros for the gradient sums leaves the model where it was. */
  @ParameterizedTest
  @MethodSource("methods")
  void whatTheStoreGivesBackIsUsed(FineTuningMethod method, PrivacyBudget budget) {
    double[] start = MODEL.parameterValues();
    OptionalDouble units = OptionalDouble.of(80);
    assertArrayEquals(
        start, run(method, budget, units, new NotingLedger(), OrderOfRoundsTest::zeros));
    assertFalse(Arrays.equals(start, run(method, budget, units, new NotingLedger(), this::noted)));
  }

  private static NoisySum zeros(String name, NoisySum sum) {
    return new NoisySum(
        sum.plan(), new long[sum.cells().length], sum.receipt(), sum.noiseSource(), sum.secure());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aFailureEndsTheRun(FineTuningMethod method, PrivacyBudget budget, List<String> releases) {
    OptionalDouble units = OptionalDouble.of(80);
    Ledger broken =
        new NotingLedger() {
          @Override
          public Receipt charge(Charge charge) {
            throw new LedgerException("disk full");
          }
        };
    assertThrows(LedgerException.class, () -> run(method, budget, units, broken, this::noted));
    assertEquals(List.of(), events, "unpaid");
    assertThrows(
        IllegalStateException.class,
        () ->
            run(
                method,
                budget,
                units,
                new NotingLedger(),
                (name, sum) -> {
                  throw new IllegalStateException("disk full");
                }));
    assertEquals(List.of("charge " + releases.get(0) + "round-001", "read"), events, "unstored");
  }

  /** A budget of the wrong kind, or none that can be sampled, is refused before it is touched. */
  @Test
  void aRefusalSpendsNothing() {
    SumStore store = this::noted;
    for (OptionalDouble units : List.of(OptionalDouble.of(80), OptionalDouble.empty())) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              run(
                  new PureExponentialMechanism(),
                  SmallTask.budget(1),
                  units,
                  new NotingLedger(),
                  store));
      for (FineTuningMethod method :
          List.of(QuadraticExponentialMechanism.automatic(), SmallTask.descent(1, 1, 1))) {
        assertThrows(
            IllegalArgumentException.class,
            () -> run(method, PureBudget.of(1, ADD), units, new NotingLedger(), store));
      }
    }
    // Beyond what PureBudget.of admits.
    PureBudget tiny = new PureBudget(1e-12, ADD);
    String message =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                        run(
                            new PureExponentialMechanism(),
                            tiny,
                            OptionalDouble.of(80),
                            new NotingLedger(),
                            store))
                .getMessage());
    assertTrue(message.contains("larger epsilon"), message);
    assertEquals(List.of(), events);
  }

  private class NotingLedger implements Ledger {
    @Override
    public Receipt charge(Charge charge) {
      events.add("charge " + charge.purpose());
      return new Receipt(events.size(), "h");
    }

    @Override
    public Receipt setBudget(Budget budget) {
      throw new UnsupportedOperationException();
    }

    @Override
    public LedgerBook read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
