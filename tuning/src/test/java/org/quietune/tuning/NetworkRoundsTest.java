package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.Example;
import org.quietune.geometry.IdentitySubspace;
import org.quietune.geometry.IsotropicWhitener;
import org.quietune.geometry.Whitener;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.FolderPublicStore;
import org.quietune.release.NoisySum;
import org.quietune.release.PublicStore;
import org.quietune.release.ReleaseContext;
import org.quietune.release.SumStore;

/** Automatic rounds on a network of 3,587 parameters and three classes. */
class NetworkRoundsTest {
  private static final ModelFile MODEL = SmallTask.mlp(3, 512, 4);
  private static final int UNITS = 300;

  /** Three classes that the first two inputs decide. */
  private static List<Example> decided(int count, long seed) {
    List<Example> decided = new ArrayList<>();
    for (Example example : SmallTask.examples(count, 3, seed)) {
      float[] x = example.features();
      decided.add(new Example(x, x[0] > 0.5 ? 2 : x[1] > 0 ? 1 : 0));
    }
    return decided;
  }

  private static FineTuning.Result run(
      List<Example> records, PrivacyBudget budget, QuadraticExponentialMechanism method) {
    return run(SmallTask.examples(200, 3, 1), records, budget, method);
  }

  private static FineTuning.Result run(
      List<Example> open,
      List<Example> records,
      PrivacyBudget budget,
      QuadraticExponentialMechanism method) {
    return FineTuning.run(
        new FineTuning.Request(
            MODEL,
            PublicData.of(open),
            SmallTask.sealed(records),
            OptionalDouble.of(records.size()),
            1,
            budget,
            method),
        SmallTask.seeded(11),
        RoundListener.silent());
  }

  private static double accuracy(double[] theta, List<Example> examples) {
    try (Network network = Network.of(MODEL)) {
      double[] logits = network.logits(theta, SmallTask.batch(examples));
      int right = 0;
      for (int i = 0; i < examples.size(); i++) {
        int best = 0;
        for (int c = 1; c < 3; c++) {
          best = logits[3 * i + c] > logits[3 * i + best] ? c : best;
        }
        right += best == examples.get(i).label() ? 1 : 0;
      }
      return (double) right / examples.size();
    }
  }

  private static double total(List<NoisySum> releases) {
    return GaussianDp.compose(
        releases.stream().mapToDouble(sum -> Guarantees.mu(sum.plan())).toArray());
  }

  @Test
  void reachKeepsTheNoiseCostInProportionToTheSquaredMisfit() {
    double reach = NetworkRounds.reach(268, 10, 1600, 0.04);
    // ½ T² s² d_eff/(n̄μ)² = 15 × .04²
    assertEquals(0.024, 0.5 * 100 * reach * reach * 1600 / (268.0 * 268), 1e-12);
    assertEquals(2 * reach, NetworkRounds.reach(268, 10, 1600, 0.08), 1e-12);
    assertEquals(2 * reach, NetworkRounds.reach(536, 10, 1600, 0.04), 1e-12);
    assertEquals(25, NetworkRounds.reach(1e6, 10, 1600, 0.04), 1e-12);
    assertEquals(3, NetworkRounds.reach(1e6, 10, 1600, 0.5));
    assertEquals(3, NetworkRounds.reach(1e6, 10, 1600, 1));
  }

  @Test
  void moreRoundsWhereNoiseIsSmall() {
    assertEquals(10, NetworkRounds.Plan.automatic(1, true).rounds());
    assertEquals(10, NetworkRounds.Plan.automatic(799, false).rounds());
    assertEquals(20, NetworkRounds.Plan.automatic(800, true).rounds());
    assertEquals(new NetworkRounds.Plan(10, 1), NetworkRounds.Plan.earlier(11_999));
    assertEquals(new NetworkRounds.Plan(20, 1), NetworkRounds.Plan.earlier(12_000));
  }

  /** The public records decide, and nothing else does. */
  @Test
  void thePullIsStrongWhereAClassHasHardlyAPublicRecord() {
    List<Example> all = SmallTask.examples(200, 3, 1);
    List<Example> two = all.stream().filter(example -> example.label() < 2).toList();
    assertEquals("0.1", pull(all, QuadraticExponentialMechanism.automatic()));
    assertEquals("1.0", pull(two, QuadraticExponentialMechanism.automatic()));
    assertEquals("1.0", pull(two, QuadraticExponentialMechanism.ofRounds(2)));
    // A tenth of an even share of three classes is a thirtieth: 4 of 120 are enough, 3 are not.
    Example third = all.stream().filter(example -> example.label() == 2).findFirst().orElseThrow();
    for (int few : new int[] {3, 4}) {
      List<Example> open = new ArrayList<>(two.subList(0, 120 - few));
      open.addAll(Collections.nCopies(few, third));
      assertEquals(few == 4, PublicData.of(open).covers(3));
    }
  }

  @Test
  void aWeightThatIsAskedForIsTaken() {
    List<Example> open = SmallTask.examples(200, 3, 1);
    QuadraticExponentialMechanism method = QuadraticExponentialMechanism.ofRounds(2);
    assertEquals("0.25", pull(open, method.pulledBy(0.25)));
    assertEquals("null", pull(open, method.pulledBy(0)), "no pull is not on record");
    for (double weight : new double[] {-0.1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> method.pulledBy(weight));
    }
  }

  private static String pull(List<Example> open, QuadraticExponentialMechanism method) {
    FineTuning.Result result = run(open, decided(UNITS, 5), SmallTask.budget(5), method);
    return String.valueOf(result.settings().get("publicPull"));
  }

  /** A run keeps the plan that it began with: whoever checks it later has another rule, maybe. */
  @Test
  void thePlanThatIsKeptIsFollowed(@TempDir Path folder) {
    FineTuned run = planned(folder, new NetworkRounds.Plan(2, 0.5), SmallTask.seeded(11));
    assertEquals(2, run.settings().get("rounds"));
    assertEquals(0.5, run.settings().get("publicPull"));
  }

  /** Versions that kept no plan had their own; what they finished comes out the same. */
  @Test
  void aFinishedRunWithoutAPlanIsReplayedAsItWasMade(@TempDir Path folder) throws IOException {
    FineTuned made = planned(folder, new NetworkRounds.Plan(10, 1), SmallTask.seeded(11));
    Files.delete(folder.resolve("plan.bin"));
    Iterator<NoisySum> sums = made.releases().iterator();
    ReleaseContext replaying =
        ReleaseContext.replaying(new Sums(sums), FolderPublicStore.complete(folder));
    FineTuned again = automatic(replaying);
    assertArrayEquals(made.theta(), again.theta());
    assertEquals(made.settings(), again.settings());
    assertFalse(sums.hasNext());
  }

  private static FineTuned planned(Path folder, NetworkRounds.Plan plan, ReleaseContext context) {
    PublicStore store = new FolderPublicStore(folder);
    store.keep("plan", new PlanFormat<>(NetworkRounds.Plan.class), () -> plan);
    return automatic(context.keepingPublicValuesIn(store));
  }

  /** At n̄μ = 1,500. */
  private static FineTuned automatic(ReleaseContext context) {
    try (Network network = Network.of(MODEL)) {
      List<Example> open = SmallTask.examples(200, 3, 1);
      FineTuningTask task =
          SmallTask.of(MODEL, network, open, decided(UNITS, 5), UNITS, SmallTask.budget(5));
      return QuadraticExponentialMechanism.automatic().run(task, context, RoundListener.silent());
    }
  }

  /** Stored sums in the order in which they are asked for. */
  private record Sums(Iterator<NoisySum> sums) implements SumStore {
    @Override
    public NoisySum storeAndReadBack(String name, NoisySum sum) {
      throw new AssertionError("nothing is released in a replay");
    }

    @Override
    public Optional<NoisySum> find(String name) {
      return Optional.of(sums.next());
    }
  }

  @Test
  void aNumberIsBoughtNoMoreExactlyThanToAThousandth() {
    assertEquals(0.04, NetworkRounds.numberShare(100));
    assertEquals(0.04, NetworkRounds.numberShare(4_999));
    for (double signal : new double[] {5_000, 43_000, 1e6}) {
      assertEquals(0.001, 1 / (signal * Math.sqrt(NetworkRounds.numberShare(signal))), 1e-15);
    }
  }

  @Test
  void dampingGrowsWithNoiseWithinItsLimits() {
    assertEquals(Math.pow(2350 / 268.0, 1.5), NetworkRounds.dampingMultiple(268), 1e-12);
    assertEquals(30, NetworkRounds.dampingMultiple(1));
    assertEquals(0.1, NetworkRounds.dampingMultiple(1e9));
  }

  /** A sum three times its clip norm long, in noise that hides it and in noise that does not. */
  @Test
  void onlyLengthThatNoiseCannotExplainCounts() {
    double[] vector = new double[100];
    vector[7] = 30;
    // ‖y‖² = 900 less (100 + 2√200) τ²
    assertEquals(
        Math.sqrt(900 - 4 * (100 + 2 * Math.sqrt(200))),
        NetworkRounds.lengthBeyondNoise(vector, 2),
        1e-12);
    assertEquals(0, NetworkRounds.lengthBeyondNoise(vector, 3));
  }

  @Test
  void thePublicPullIsTheMeanOfClippedGradients() {
    List<Example> open = decided(300, 3);
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task =
          SmallTask.of(MODEL, network, open, decided(10, 4), 10, SmallTask.budget(1));
      Whitener plain = new IsotropicWhitener(task.theta().length, 0);
      GradientMap map = new GradientMap(task, task.theta(), plain, RecordWeighting.none());
      double[] all = new double[open.size() * map.dimension()];
      map.map(open, all);
      double clipNorm = RecordWeighting.norm(all, 0, map.dimension());
      double[] mean =
          PublicGradients.clippedMean(
              task, 1, task.theta(), plain.whitening(task.subspace()), clipNorm);
      double[] expected = new double[map.dimension()];
      int clipped = 0;
      for (int i = 0; i < open.size(); i++) {
        double norm = RecordWeighting.norm(all, i * map.dimension(), map.dimension());
        clipped += norm > clipNorm ? 1 : 0;
        for (int j = 0; j < expected.length; j++) {
          expected[j] += all[i * map.dimension() + j] * Math.min(1, clipNorm / norm) / 300;
        }
      }
      assertTrue(clipped > 3 && clipped < 297, "some are clipped");
      assertArrayEquals(expected, mean, 1e-12);
    }
  }

  @Test
  void onlyALossBeyondItsNoiseIsUndone() {
    assertTrue(NetworkRounds.keeps(0.001, 0.009));
    assertTrue(NetworkRounds.keeps(-0.005, 0.009));
    assertFalse(NetworkRounds.keeps(-0.0091, 0.009));
  }

  /** One seeded run: from the untrained model's level to well above it. */
  @Test
  void aBudgetThatIsLargeEnoughImprovesTheModel() {
    List<Example> fresh = decided(1000, 77);
    double before = accuracy(MODEL.parameterValues(), fresh);
    FineTuning.Result result =
        run(decided(UNITS, 5), SmallTask.budget(20), QuadraticExponentialMechanism.automatic());
    double after = accuracy(result.model().parameterValues(), fresh);
    assertEquals("tuned", result.settings().get("outcome"));
    assertTrue(after > before + 0.2, () -> before + " to " + after);
  }

  @Test
  void spendsTheWholeBudgetAndNoMore() {
    for (NeighboringRelation relation : NeighboringRelation.values()) {
      GaussianBudget budget = new GaussianBudget(5, relation);
      FineTuning.Result result =
          run(decided(UNITS, 5), budget, QuadraticExponentialMechanism.ofRounds(3));
      assertEquals(5, result.releases().size(), "misfit, three rounds, gain");
      double total = total(result.releases());
      assertTrue(total <= budget.mu(), () -> total + " > " + budget.mu());
      assertEquals(budget.mu(), total, 1e-10 * budget.mu());
    }
  }

  /** Misfit is at most 1 and its noise here has deviation above 16: no step can be paid. */
  @Test
  void aBudgetThatBuysNothingLeavesTheModelAndIsNotSpent() {
    GaussianBudget budget = SmallTask.budget(0.001);
    FineTuning.Result result =
        run(decided(UNITS, 5), budget, QuadraticExponentialMechanism.automatic());
    assertArrayEquals(MODEL.parameterValues(), result.model().parameterValues());
    assertEquals(1, result.releases().size());
    assertTrue(total(result.releases()) < 0.21 * budget.mu());
    assertTrue(
        String.valueOf(result.settings().get("outcome")).startsWith("unchanged: the misfit"));
  }

  /** Gain and loss mirror each other, and a point gains nothing on itself. */
  @Test
  void theGainIsTheGrowthOfTheLabelsProbability() {
    List<Example> records = decided(50, 6);
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task =
          SmallTask.of(
              MODEL, network, SmallTask.examples(20, 3, 1), records, 50, SmallTask.budget(5e5));
      double[] here = task.theta();
      double[] there = here.clone();
      for (int j = 0; j < there.length; j++) {
        there[j] *= 1.5;
      }
      GaussianBudget budget = SmallTask.budget(5e5);
      double up = gain(task, here, there, budget);
      double expected = misfit(task, here, budget) - misfit(task, there, budget);
      assertEquals(expected, up, 1e-4);
      assertEquals(-up, gain(task, there, here, budget), 1e-4);
      assertEquals(0, gain(task, here, here, budget), 1e-4);
      assertFalse(Math.abs(up) < 1e-3, "the points differ");
    }
  }

  private static double gain(
      FineTuningTask task, double[] before, double[] after, GaussianBudget budget) {
    return LabelProbability.gain("g", task, before, after, budget, SmallTask.seeded(1)).vector()[0];
  }

  private static double misfit(FineTuningTask task, double[] theta, GaussianBudget budget) {
    return LabelProbability.misfit("m", task, theta, budget, SmallTask.seeded(1)).vector()[0];
  }

  /** Up to 2,000 directions, nothing of this applies. */
  @Test
  void smallProblemsKeepTheirPlan() {
    assertFalse(Geometry.isWide(new IdentitySubspace(2000)));
    assertTrue(Geometry.isWide(new IdentitySubspace(2001)));
  }
}
