package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PoissonSubsampledGaussianEvent;
import org.quietune.accounting.SelfComposedEvent;
import org.quietune.accounting.TightAccountant;
import org.quietune.data.Example;
import org.quietune.geometry.Curvature;
import org.quietune.geometry.CurvatureChoice;
import org.quietune.geometry.GaussNewton;
import org.quietune.geometry.Spectrum;
import org.quietune.geometry.Whitener;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.NoisySum;
import org.quietune.release.PoissonGaussianNoise;
import org.quietune.release.PrivateRecords;

/** Descents against their textbook formulas, their spending and their law. */
class DpDescentTest {
  private static final ModelFile LOGISTIC = SmallTask.logistic(0.5, 3);
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;
  private static final List<Example> UNITS = SmallTask.examples(60, 2, 2);

  /** Next to no noise, and a clip above every norm. */
  private static double[] noiseless(ModelFile model, DpDescent method) {
    try (Network network = Network.of(model)) {
      FineTuningTask task = noiselessTask(model, network, method);
      return method.run(task, SmallTask.seeded(1), RoundListener.silent()).theta();
    }
  }

  private static FineTuningTask noiselessTask(ModelFile model, Network network, DpDescent method) {
    FineTuningTask all = SmallTask.of(model, network, 2, 60, SmallTask.budget(2e5));
    return new FineTuningTask(
        network,
        all.rowwise(),
        all.theta(),
        all.publicData(),
        all.records(),
        60,
        method.subspace(network, all.theta(), all.publicData().labelled()),
        all.budget());
  }

  private static DpDescent descent(
      TrainedPart part, Preconditioning preconditioning, UpdateRule rule) {
    return new DpDescent("test", part, preconditioning, 4, 1, 100, rule);
  }

  @Test
  void momentumIsHeavyBall() {
    double[] expected = LOGISTIC.parameterValues();
    double[] velocity = new double[expected.length];
    try (Network network = Network.of(LOGISTIC)) {
      for (int t = 0; t < 4; t++) {
        double[] gradient = network.meanGradient(expected, SmallTask.batch(UNITS));
        for (int j = 0; j < expected.length; j++) {
          velocity[j] = 0.7 * velocity[j] + gradient[j];
          expected[j] -= 0.2 * velocity[j];
        }
      }
    }
    UpdateRule rule = new UpdateRule.Momentum(0.2, 0.7);
    assertArrayEquals(
        expected, noiseless(LOGISTIC, descent(TrainedPart.ALL, Preconditioning.NONE, rule)), 1e-4);
  }

  @Test
  void adamIsAdam() {
    double[] expected = LOGISTIC.parameterValues();
    double[] m = new double[expected.length];
    double[] v = new double[expected.length];
    try (Network network = Network.of(LOGISTIC)) {
      for (int t = 1; t <= 4; t++) {
        double[] gradient = network.meanGradient(expected, SmallTask.batch(UNITS));
        for (int j = 0; j < expected.length; j++) {
          m[j] = 0.9 * m[j] + 0.1 * gradient[j];
          v[j] = 0.999 * v[j] + 0.001 * gradient[j] * gradient[j];
          double corrected = m[j] / (1 - Math.pow(0.9, t));
          expected[j] -= 0.05 * corrected / (Math.sqrt(v[j] / (1 - Math.pow(0.999, t))) + 1e-8);
        }
      }
    }
    UpdateRule rule = new UpdateRule.Adam(0.05);
    assertArrayEquals(
        expected, noiseless(LOGISTIC, descent(TrainedPart.ALL, Preconditioning.NONE, rule)), 1e-3);
  }

  /**
   * One step is a damped Newton step with the public curvature, (H+λI)⁻¹ on the mean gradient,
   * wherever the noise would come in.
   */
  @ParameterizedTest
  @EnumSource(names = {"BEFORE_NOISE", "AFTER_NOISE"})
  void preconditioningIsTheDampedInverse(Preconditioning.Place place) {
    try (Network network = Network.of(LOGISTIC)) {
      DpDescent method =
          new DpDescent(
              "test",
              TrainedPart.ALL,
              new Preconditioning(place, Preconditioning.Inputs.PUBLIC, 0.3),
              1,
              1,
              100,
              new UpdateRule.Momentum(0.5, 0));
      FineTuningTask task = noiselessTask(LOGISTIC, network, method);
      int k = task.theta().length;
      double[] h =
          GaussNewton.dense(
              network,
              task.theta(),
              SmallTask.batch(task.publicData().labelled()),
              task.subspace());
      double trace = 0;
      for (int j = 0; j < k; j++) {
        trace += h[j * k + j];
      }
      double[] inverse = Spectrum.of(k, h).inverse(0.3 * trace / k);
      double[] gradient = network.meanGradient(task.theta(), SmallTask.batch(UNITS));
      double[] expected = task.theta().clone();
      for (int i = 0; i < k; i++) {
        for (int j = 0; j < k; j++) {
          expected[i] -= 0.5 * inverse[i * k + j] * gradient[j];
        }
      }
      assertArrayEquals(
          expected, method.run(task, SmallTask.seeded(1), RoundListener.silent()).theta(), 1e-3);
    }
  }

  /**
   * Where the noise comes in: with no records, output perturbation moves by isotropic noise, and
   * objective perturbation by the same seed's noise under the inverse. The twin is the other place.
   */
  @Test
  void noiseComesInWhereThePlaceSays() {
    try (Network network = Network.of(LOGISTIC)) {
      FineTuningTask task =
          SmallTask.of(
              LOGISTIC, network, SmallTask.examples(200, 2, 1), List.of(), 60, SmallTask.budget(1));
      int k = task.theta().length;
      double[] h =
          GaussNewton.dense(
              network,
              task.theta(),
              SmallTask.batch(task.publicData().labelled()),
              task.subspace());
      Spectrum spectrum = Spectrum.of(k, h);
      double[] inverse = spectrum.inverse(spectrum.mean());
      for (Preconditioning.Place place :
          List.of(Preconditioning.Place.BEFORE_NOISE, Preconditioning.Place.AFTER_NOISE)) {
        DpDescent method =
            new DpDescent(
                "test",
                TrainedPart.ALL,
                new Preconditioning(place, Preconditioning.Inputs.PUBLIC, 1),
                1,
                1,
                1,
                new UpdateRule.Momentum(1, 0));
        FineTuned tuned = method.run(task, SmallTask.seeded(4), RoundListener.silent());
        double[] noise = tuned.releases().get(0).vector();
        double[] plain = new double[k];
        double[] solved = new double[k];
        for (int i = 0; i < k; i++) {
          plain[i] = task.theta()[i] - noise[i] / 60;
          solved[i] = task.theta()[i];
          for (int j = 0; j < k; j++) {
            solved[i] -= inverse[i * k + j] * noise[j] / 60;
          }
        }
        boolean before = place == Preconditioning.Place.BEFORE_NOISE;
        assertArrayEquals(before ? plain : solved, tuned.theta(), 1e-9);
        assertFalse(Math.abs((before ? solved : plain)[0] - tuned.theta()[0]) < 1e-6);
      }
    }
  }

  /** Where directions are too many for a matrix, the inverse is that of the factored curvature. */
  @Test
  void manyDirectionsAreFactored() {
    ModelFile model = SmallTask.mlp(3, 400, 1);
    List<Example> open = SmallTask.examples(200, 3, 1);
    List<Example> closed = SmallTask.examples(60, 3, 2);
    try (Network network = Network.of(model)) {
      FineTuningTask quiet = SmallTask.of(model, network, open, closed, 60, SmallTask.budget(2e5));
      FineTuningTask noisy = SmallTask.of(model, network, open, List.of(), 60, SmallTask.budget(1));
      Curvature curvature =
          CurvatureChoice.parse("ekfac")
              .at(network, quiet.theta(), SmallTask.batch(open), quiet.subspace());
      Whitener root = curvature.whitener(curvature.mean());
      double[] gradient = network.meanGradient(quiet.theta(), SmallTask.batch(closed));
      double[] newton = minus(quiet.theta(), root.unwhiten(root.whiten(gradient)));
      double[] moved = factored(Preconditioning.Place.BEFORE_NOISE, quiet).theta();
      assertTrue(distance(newton, moved) < 1e-2 * distance(quiet.theta(), moved), "no Newton step");

      // Isotropic before the inverse, turned at most; the twin is the other place.
      FineTuned before = factored(Preconditioning.Place.BEFORE_NOISE, noisy);
      double[] noise = before.releases().get(0).vector();
      double step = distance(noisy.theta(), before.theta());
      assertEquals(norm(noise) / 60, step, 1e-9 * step);
      FineTuned after = factored(Preconditioning.Place.AFTER_NOISE, noisy);
      double[] mean = after.releases().get(0).vector();
      for (int j = 0; j < mean.length; j++) {
        mean[j] /= 60;
      }
      double[] solved = minus(noisy.theta(), root.unwhiten(root.whiten(mean)));
      double length = distance(noisy.theta(), after.theta());
      assertTrue(distance(solved, after.theta()) < 1e-9 * length);
      assertNotEquals(norm(mean), length, 1e-2 * length);
    }
  }

  private static FineTuned factored(Preconditioning.Place place, FineTuningTask task) {
    return new DpDescent(
            "test",
            TrainedPart.CURVED,
            new Preconditioning(place, Preconditioning.Inputs.PUBLIC, 1),
            1,
            1,
            100,
            new UpdateRule.Momentum(1, 0))
        .run(task, SmallTask.seeded(4), RoundListener.silent());
  }

  private static double[] minus(double[] a, double[] b) {
    double[] difference = a.clone();
    for (int j = 0; j < a.length; j++) {
      difference[j] -= b[j];
    }
    return difference;
  }

  private static double distance(double[] a, double[] b) {
    return norm(minus(a, b));
  }

  private static double norm(double[] v) {
    return Math.sqrt(Arrays.stream(v).map(x -> x * x).sum());
  }

  /** Each column keeps its values; a column no longer knows the record it came from. */
  @Test
  void noiseInputsKeepTheMarginals() {
    List<Example> examples = SmallTask.examples(50, 2, 8);
    List<Example> mixed = Preconditioning.unrelatedColumns(examples);
    for (int j = 0; j < SmallTask.WIDTH; j++) {
      int column = j;
      assertArrayEquals(
          examples.stream().mapToDouble(e -> e.features()[column]).sorted().toArray(),
          mixed.stream().mapToDouble(e -> e.features()[column]).sorted().toArray());
    }
    for (Example example : mixed) {
      assertTrue(examples.stream().noneMatch(e -> Arrays.equals(e.features(), example.features())));
    }
  }

  @Test
  void partsTrainTheirPartOnly() {
    ModelFile model = SmallTask.mlp(2, 4, 9);
    double[] before = model.parameterValues();
    UpdateRule rule = new UpdateRule.Momentum(0.3, 0);
    // 3×4 weights, 4 biases, 4×1 weights, 1 bias.
    assertEquals(
        "0-20",
        changed(before, noiseless(model, descent(TrainedPart.ALL, Preconditioning.NONE, rule))));
    assertEquals(
        "16-20",
        changed(before, noiseless(model, descent(TrainedPart.HEAD, Preconditioning.NONE, rule))));
    assertEquals(
        "12-15 20-20",
        changed(before, noiseless(model, descent(TrainedPart.BIASES, Preconditioning.NONE, rule))));
    assertEquals(
        "0-20",
        changed(
            before,
            noiseless(model, descent(TrainedPart.SINGULAR_CORES, Preconditioning.NONE, rule))));
  }

  /** Runs of indices whose value changed. */
  private static String changed(double[] before, double[] after) {
    StringBuilder runs = new StringBuilder();
    for (int i = 0; i < before.length; i++) {
      boolean now = before[i] != after[i];
      boolean last = i > 0 && before[i - 1] != after[i - 1];
      boolean next = i + 1 < before.length && before[i + 1] != after[i + 1];
      if (now && !last) {
        runs.append(runs.length() == 0 ? "" : " ").append(i).append('-');
      }
      if (now && !next) {
        runs.append(i);
      }
    }
    return runs.toString();
  }

  private static DpDescent sampled(int rounds, double q) {
    return new DpDescent(
        "dp-sgd",
        TrainedPart.ALL,
        Preconditioning.NONE,
        rounds,
        q,
        1,
        new UpdateRule.Momentum(0.1, 0));
  }

  /** The account of the releases, by another way than the calibration took. */
  @Test
  void samplesSpendTheWholeBudgetAndNoMore() {
    double delta = 1e-5;
    for (double epsilon : new double[] {0.5, 4}) {
      for (OptionalDouble units : List.of(OptionalDouble.of(80), OptionalDouble.empty())) {
        FineTuning.Result result =
            FineTuning.run(
                request(GaussianBudget.of(epsilon, delta, ADD), units, sampled(20, 0.2)),
                SmallTask.seeded(1),
                RoundListener.silent());
        assertEquals(units.isPresent() ? 20 : 21, result.releases().size());
        TightAccountant account = new TightAccountant(ADD);
        result.releases().forEach(release -> account.compose(release.plan().event()));
        assertTrue(account.delta(epsilon) <= delta, "overspent: " + account.delta(epsilon));
        assertTrue(account.delta(epsilon) > 0.98 * delta, "wasted: " + account.delta(epsilon));
        // Twin: noise 1 % smaller would not fit.
        NoisySum last = result.releases().get(result.releases().size() - 1);
        PoissonGaussianNoise noise = (PoissonGaussianNoise) last.plan().noise();
        TightAccountant twin = new TightAccountant(ADD);
        twin.compose(
            new SelfComposedEvent(
                new PoissonSubsampledGaussianEvent(0.2, noise.multiplier() * 0.99), 20));
        if (units.isEmpty()) {
          twin.compose(result.releases().get(0).plan().event());
        }
        assertTrue(twin.delta(epsilon) > delta);
      }
    }
  }

  private static FineTuning.Request request(
      PrivacyBudget budget, OptionalDouble units, FineTuningMethod method) {
    return new FineTuning.Request(
        LOGISTIC,
        PublicData.of(SmallTask.examples(200, 2, 1)),
        SmallTask.sealed(SmallTask.examples(80, 2, 2)),
        units,
        1,
        budget,
        method);
  }

  @Test
  void replaceOneIsRefusedBeforeAnythingIsRead() {
    PrivateRecords<Example> unread =
        PrivateRecords.seal(
            () -> {
              throw new AssertionError("read");
            },
            "record");
    for (PrivacyBudget budget :
        List.of(
            GaussianBudget.of(1, 1e-5, NeighboringRelation.REPLACE_ONE),
            new GaussianBudget(1, ADD),
            PrivacyBudget.of(1, 0, ADD))) {
      FineTuning.Request request =
          new FineTuning.Request(
              LOGISTIC,
              PublicData.of(SmallTask.examples(200, 2, 1)),
              unread,
              OptionalDouble.empty(),
              1,
              budget,
              sampled(3, 0.5));
      assertThrows(
          IllegalArgumentException.class,
          () -> FineTuning.run(request, SmallTask.seeded(1), RoundListener.silent()));
    }
  }

  /**
   * The law of one sampled round: mean q Σc_u and variance q(1−q) Σc_uj² + σ² in each coordinate,
   * c_u the clipped gradients. 3,000 seeded rounds; mean and mean square are tested at 5.5
   * deviations each, 4 coordinates: a correct implementation fails one seed in a million.
   */
  @Test
  void aSampledRoundHasItsLaw() {
    double q = 0.3;
    int seeds = 3000;
    DpDescent method = sampled(1, q);
    try (Network network = Network.of(LOGISTIC)) {
      FineTuningTask task = SmallTask.of(LOGISTIC, network, 2, 60, GaussianBudget.of(8, 1e-5, ADD));
      int k = task.theta().length;
      List<NoisySum> sums = new ArrayList<>();
      for (int seed = 0; seed < seeds; seed++) {
        sums.add(
            method.run(task, SmallTask.seeded(seed), RoundListener.silent()).releases().get(0));
      }
      double clip = sums.get(0).plan().clip().clipNorm();
      double sigma = sums.get(0).plan().noiseScale();
      double[] g = new double[UNITS.size() * k];
      network.perExampleGradients(task.theta(), SmallTask.batch(UNITS), g);
      double[] sum = new double[k];
      double[] squares = new double[k];
      for (int u = 0; u < UNITS.size(); u++) {
        double shrink = Math.min(1, clip / RecordWeighting.norm(g, u * k, k));
        for (int j = 0; j < k; j++) {
          double c = shrink * g[u * k + j];
          sum[j] += c;
          squares[j] += c * c;
        }
      }
      assertTrue(fits(sums, sum, squares, sigma, q));
      // Twins: all units taken, q 10 % off, and no variance of the sample.
      assertFalse(fits(sums, sum, squares, sigma, 1));
      assertFalse(fits(sums, sum, squares, sigma, 1.1 * q));
      assertFalse(fits(sums, sum, new double[k], sigma, q));
    }
  }

  private static boolean fits(
      List<NoisySum> sums, double[] sum, double[] squares, double sigma, double q) {
    boolean fits = true;
    for (int j = 0; j < sum.length; j++) {
      double variance = q * (1 - q) * squares[j] + sigma * sigma;
      double mean = 0;
      double square = 0;
      for (NoisySum release : sums) {
        double z = (release.vector()[j] - q * sum[j]) / Math.sqrt(variance);
        mean += z;
        square += z * z;
      }
      // The fourth moment of a near-normal sum is near 3, so that of z² has deviation near √2.
      fits &= Math.abs(mean) < 5.5 * Math.sqrt(sums.size());
      fits &= Math.abs(square - sums.size()) < 5.5 * Math.sqrt(2.0 * sums.size());
    }
    return fits;
  }

  @Test
  void everyGridHoldsItsStandardAndItsName() {
    for (Baseline baseline : Baseline.values()) {
      TuningGrid grid = baseline.grid();
      assertEquals(
          grid.methods().size(), grid.methods().stream().distinct().count(), baseline.flag());
      assertEquals(baseline.method(OptionalInt.empty()), grid.standard());
      grid.methods().forEach(method -> assertEquals(baseline.flag(), method.name()));
    }
    assertEquals(7, ((DpDescent) Baseline.DP_SGD.method(OptionalInt.of(7))).rounds());
    for (Baseline fixed :
        List.of(Baseline.ISOTROPIC, Baseline.OUTPUT_PERTURBATION, Baseline.ADA_SSP)) {
      assertThrows(IllegalArgumentException.class, () -> fixed.method(OptionalInt.of(2)));
    }
  }

  /** Whatever the clip norm, gradients at full length make steps of the same length. */
  @Test
  void stepsPerClipNormGoAsFarAtAnyClip() {
    UpdateRule rule = UpdateRule.PerClip.ofPath(6, 10, 0.5);
    assertEquals(new UpdateRule.PerClip(0.3, 0.5), rule);
    for (double clipNorm : new double[] {0.01, 1, 100}) {
      UpdateRule.Memory memory = rule.start(2, clipNorm);
      double[] full = {clipNorm, 0};
      assertArrayEquals(new double[] {0.3, 0}, memory.step(full), 1e-12);
      assertArrayEquals(new double[] {0.45, 0}, memory.step(full), 1e-12);
      assertArrayEquals(new double[] {0.225, 0.3}, memory.step(new double[] {0, clipNorm}), 1e-12);
    }
    assertEquals(rule, rule.forClip(0.1));
    assertThrows(IllegalArgumentException.class, () -> new UpdateRule.PerClip(1, 1));
    assertThrows(IllegalArgumentException.class, () -> new UpdateRule.PerClip(Double.NaN, 0));
  }

  /** In a run the clip norm is that of the release. */
  @Test
  void aRunTellsTheRuleItsClipNorm() {
    DpDescent byGradient =
        descent(TrainedPart.ALL, Preconditioning.NONE, new UpdateRule.Momentum(0.2, 0.7));
    try (Network network = Network.of(LOGISTIC)) {
      FineTuned tuned =
          byGradient.run(
              noiselessTask(LOGISTIC, network, byGradient),
              SmallTask.seeded(1),
              RoundListener.silent());
      double clipNorm = (double) Objects.requireNonNull(tuned.settings().get("clipNorm"));
      UpdateRule perClip = new UpdateRule.PerClip(0.2 * clipNorm, 0.7);
      assertArrayEquals(
          tuned.theta(),
          noiseless(LOGISTIC, descent(TrainedPart.ALL, Preconditioning.NONE, perClip)),
          1e-9);
    }
  }

  @Test
  void refusesBadSettings() {
    UpdateRule rule = new UpdateRule.Adam(0.1);
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> SmallTask.descent(1, bad, 1));
      assertThrows(IllegalArgumentException.class, () -> SmallTask.descent(1, 1, bad));
      assertThrows(IllegalArgumentException.class, () -> sampled(1, bad));
      assertThrows(IllegalArgumentException.class, () -> new UpdateRule.Adam(bad));
      assertThrows(IllegalArgumentException.class, () -> new NoisySufficientStatistics(1, bad, 1));
    }
    assertThrows(IllegalArgumentException.class, () -> sampled(1, 1.5));
    assertThrows(IllegalArgumentException.class, () -> SmallTask.descent(0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new UpdateRule.Momentum(1, 1));
    assertEquals(rule, rule.forClip(0.1));
    assertEquals(new UpdateRule.Momentum(10, 0.5), new UpdateRule.Momentum(1, 0.5).forClip(0.1));
    assertEquals(new UpdateRule.Momentum(1, 0.5), new UpdateRule.Momentum(1, 0.5).forClip(3));
  }
}
