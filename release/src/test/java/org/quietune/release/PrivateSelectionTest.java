package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PoissonSelectionEvent;
import org.quietune.accounting.RdpAccountant;
import org.quietune.random.InsecureRandomness;

class PrivateSelectionTest {
  private static final InsecureRandomness TOKEN = InsecureRandomness.acknowledgeNoPrivacy();
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;
  private static final PrivateRecords<double[]> RECORDS =
      ListSource.sealed(List.of(List.of(new double[] {0.5}), List.of(new double[] {0.25})));

  private static NoisySum release(ReleaseContext context, String name, double multiplier) {
    SumPlan plan = new SumPlan(name, 1, new L2Clip(1), new GaussianNoise(multiplier), ADD);
    return new PrivateSum(plan, context).release(name, RECORDS, new VectorRecords(1));
  }

  private static PrivateSelection selection(double expectedRuns, double multiplier) {
    return new PrivateSelection(
        "tuning", 5, new PoissonSelectionEvent(new GaussianEvent(multiplier), expectedRuns), ADD);
  }

  /** Charges, stores and reads, in order. */
  private static final class Trace implements Ledger, SumStore {
    private final List<String> events = new ArrayList<>();
    private final List<Charge> charges = new ArrayList<>();
    private final List<NoisySum> stored = new ArrayList<>();

    @Override
    public Receipt charge(Charge charge) {
      events.add("charge");
      charges.add(charge);
      return new Receipt(charges.size(), "h");
    }

    @Override
    public Receipt setBudget(Budget budget) {
      throw new UnsupportedOperationException();
    }

    @Override
    public LedgerBook read() {
      return LedgerBook.verified("test", List.of());
    }

    @Override
    public void close() {}

    @Override
    public NoisySum storeAndReadBack(String name, NoisySum sum) {
      events.add("store");
      stored.add(sum);
      return sum;
    }
  }

  @Test
  void oneChargeBeforeAnyRunAndNoTraceOfTheRuns() {
    Trace trace = new Trace();
    ReleaseContext context = ReleaseContext.durable(trace, "d", "r", trace, 1);
    List<NoisySum> sums = Collections.synchronizedList(new ArrayList<>());
    selection(30, 2)
        .best(
            context,
            RECORDS,
            (candidate, inner) -> {
              trace.events.add("run");
              NoisySum sum = release(inner, "score", 2);
              sums.add(sum);
              return new PrivateSelection.Scored<>(candidate, sum.vector()[0]);
            });
    assertEquals("charge", trace.events.get(0));
    assertTrue(trace.events.size() > 5, "30 runs are expected, and 5 have probability 1e-8");
    assertEquals(Collections.nCopies(sums.size(), "run"), trace.events.subList(1, sums.size() + 1));
    // What is stored, once all runs are over, is the best run's, and nothing of the others.
    assertEquals(List.of("store"), trace.events.subList(sums.size() + 1, trace.events.size()));
    NoisySum best =
        sums.stream().max(Comparator.comparingDouble(sum -> sum.vector()[0])).orElseThrow();
    assertEquals(List.of(best), trace.stored);
    Ledger.Charge charge = trace.charges.get(0);
    assertEquals(new PoissonSelectionEvent(new GaussianEvent(2), 30), charge.event());
    assertEquals("unit", charge.privacyUnit());
    assertEquals(ADD, charge.relation());
    // Every run drew its own noise.
    assertEquals(sums.size(), sums.stream().map(s -> s.cells()[0]).distinct().count());
    sums.forEach(sum -> assertEquals(1, sum.receipt().sequence()));
  }

  @Test
  void aRunSpendsWhatWasPaidAndNoMore() {
    // Two releases of noise 2√2 are one of noise 2, rounded up a hair.
    double half = Math.nextUp(2 * Math.sqrt(2)) * (1 + 0x1p-40);
    selection(3, 2)
        .best(
            ReleaseContext.seeded(1, 1, TOKEN),
            RECORDS,
            (candidate, inner) -> {
              release(inner, "one", half);
              release(inner, "two", half);
              return new PrivateSelection.Scored<>(0, 0);
            });
    for (int twin = 0; twin < 3; twin++) {
      int kind = twin;
      assertThrows(
          IllegalStateException.class,
          () ->
              selection(30, 2)
                  .best(
                      ReleaseContext.seeded(1, 1, TOKEN),
                      RECORDS,
                      (candidate, inner) -> {
                        if (kind == 0) {
                          release(inner, "one", 1.999);
                        } else if (kind == 1) {
                          release(inner, "one", half);
                          release(inner, "two", half);
                          release(inner, "three", 1000);
                        } else {
                          SumPlan replace =
                              new SumPlan(
                                  "x",
                                  1,
                                  new L2Clip(1),
                                  new GaussianNoise(100),
                                  NeighboringRelation.REPLACE_ONE);
                          new PrivateSum(replace, inner)
                              .release("x", RECORDS, new VectorRecords(1));
                        }
                        return new PrivateSelection.Scored<>(0, 0);
                      }));
    }
  }

  /**
   * Scores 0 to 4 for the five candidates: the best is j with probability e^{−m(4−j)/5} −
   * e^{−m(5−j)/5}, none with e^{−m}. 4,000 selections; by Hoeffding's inequality a correct law
   * fails with probability at most 6e-7.
   */
  @Test
  void theBestHasItsLaw() {
    assertTrue(fits(candidate -> candidate, 3));
    // Twins: the worst of the runs, and one run more than was drawn.
    assertFalse(fits(candidate -> -candidate, 3));
    assertFalse(fits(candidate -> candidate, 4));
  }

  private static boolean fits(IntUnaryOperator score, double drawnMean) {
    int selections = 4000;
    int[] seen = new int[6];
    for (int seed = 0; seed < selections; seed++) {
      PrivateSelection.Selected<Integer> selected =
          selection(drawnMean, 2)
              .best(
                  ReleaseContext.seeded(seed, 1, TOKEN),
                  RECORDS,
                  (candidate, inner) ->
                      new PrivateSelection.Scored<>(candidate, score.applyAsInt(candidate)));
      seen[selected.best().orElse(5)]++;
      assertEquals(selected.best().map(j -> j + 1).orElse(0), selected.selection().chosen());
    }
    boolean fits = true;
    for (int j = 0; j <= 5; j++) {
      double expected =
          j == 5 ? Math.exp(-3) : Math.exp(-3 * (4 - j) / 5.0) - Math.exp(-3 * (5 - j) / 5.0);
      fits &= Math.abs(seen[j] - selections * expected) < Math.sqrt(selections * Math.log(2e7) / 2);
    }
    return fits;
  }

  /**
   * Two candidates: the score of the first is a noisy count of units, that of the second noise
   * around ½. Whether the first is chosen, with and without the one unit, must fit the charged
   * event's (ε, δ) at δ = 0.01. By Hoeffding's inequality a correct selection fails with
   * probability at most 1e-7; the twin, which picks by scores without their noise, must fail.
   */
  @Test
  void whoIsChosenTellsLittleOfAUnit() {
    assertTrue(tellsLittle(true));
    assertFalse(tellsLittle(false));
  }

  private static boolean tellsLittle(boolean noisy) {
    int trials = 2000;
    double delta = 0.01;
    RdpAccountant accountant = new RdpAccountant(ADD);
    accountant.compose(selection(5, 20).event());
    double factor = Math.exp(accountant.epsilon(delta));
    double slack = (1 + factor) * Math.sqrt(Math.log(2e7) / (2.0 * trials));
    double with = chosen(List.of(List.of(new double[] {1})), noisy, trials);
    double without = chosen(List.of(), noisy, trials);
    return with - factor * without <= delta + slack && without - factor * with <= delta + slack;
  }

  private static double chosen(List<List<double[]>> units, boolean noisy, int trials) {
    PrivateRecords<double[]> records = ListSource.sealed(units);
    int first = 0;
    for (int seed = 0; seed < trials; seed++) {
      PrivateSelection.Selected<Integer> selected =
          new PrivateSelection("audit", 2, new PoissonSelectionEvent(new GaussianEvent(20), 5), ADD)
              .best(
                  ReleaseContext.seeded(seed, 1, TOKEN),
                  records,
                  (candidate, run) -> {
                    SumPlan plan =
                        new SumPlan("score", 1, new L2Clip(1), new GaussianNoise(20), ADD);
                    NoisySum sum =
                        new PrivateSum(plan, run).release("score", records, new VectorRecords(1));
                    double score = noisy ? sum.vector()[0] : units.size();
                    double other = noisy ? 0.5 + sum.vector()[0] - units.size() : 0.5;
                    return new PrivateSelection.Scored<>(candidate, candidate == 0 ? score : other);
                  });
      first += selected.selection().chosen() == 1 ? 1 : 0;
    }
    return (double) first / trials;
  }

  @Test
  void selectsOnce() {
    PrivateSelection selection = selection(1, 2);
    ReleaseContext context = ReleaseContext.seeded(1, 1, TOKEN);
    PrivateSelection.Run<Integer> run =
        (candidate, inner) -> new PrivateSelection.Scored<>(candidate, 0);
    selection.best(context, RECORDS, run);
    assertThrows(IllegalStateException.class, () -> selection.best(context, RECORDS, run));
  }

  @Test
  void theEventIsReadBackAsItWasWritten() {
    PoissonSelectionEvent event = selection(12.5, 3).event();
    assertEquals(event, EventJson.read(EventJson.write(event)));
    assertThrows(
        IllegalArgumentException.class,
        () -> EventJson.read(EventJson.write(event).replace("12.5", "0.5")));
  }
}
