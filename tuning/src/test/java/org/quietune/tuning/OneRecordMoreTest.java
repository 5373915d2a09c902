package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.Example;
import org.quietune.data.ImageShape;
import org.quietune.data.PrivateTable;
import org.quietune.geometry.GaussNewton;
import org.quietune.geometry.SpectralWhitener;
import org.quietune.geometry.Spectrum;
import org.quietune.geometry.Subspace;
import org.quietune.geometry.Whitener;
import org.quietune.model.Activation;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.Preprocessing;
import org.quietune.model.RowwiseNetwork;
import org.quietune.random.InsecureRandomness;
import org.quietune.release.GaussianNoise;
import org.quietune.release.L2Clip;
import org.quietune.release.PrivateSum;
import org.quietune.release.ReleaseContext;
import org.quietune.release.SumPlan;
import org.quietune.release.VectorMap;

/** Premise R of docs/theory.md §3.1, through real models: one record more moves nothing else. */
class OneRecordMoreTest {
  private static final int WIDTH = 21;

  @Test
  void logisticRegression() {
    assertOneRecordMoreMovesNothingElse(
        ModelFile.logistic(columns(), preprocessing(), 2)
            .withParameters(someParameters(WIDTH + 1)));
  }

  @Test
  void networkInASubspace() {
    ModelFile model =
        ModelFile.mlp(columns(), preprocessing(), 2, List.of(100), 7, Activation.TANH);
    assertOneRecordMoreMovesNothingElse(model);
  }

  @Test
  void meansOverChangedCopies() {
    assertOneRecordMoreMovesNothingElse(
        ModelFile.logistic(columns(), preprocessing(), 2).withParameters(someParameters(WIDTH + 1)),
        map -> new AugmentedMap(map, ImageShape.gray(3, 7), 3, 1));
  }

  /** Without weights the mean is taken inside the backward passes. */
  @Test
  void meansOfGradientsOfNetworks() {
    ModelFile model =
        ModelFile.mlp(columns(), preprocessing(), 2, List.of(100), 7, Activation.TANH);
    assertOneRecordMoreMovesNothingElse(
        model, RecordWeighting.none(), map -> new AugmentedMap(map, ImageShape.gray(3, 7), 3, 1));
  }

  @Test
  void whatInputsForetell() {
    SplittableRandom random = new SplittableRandom(3);
    List<Example> records = examples(random, 700);
    ModelFile model =
        ModelFile.logistic(columns(), preprocessing(), 2).withParameters(someParameters(WIDTH + 1));
    try (Network network = Network.of(model)) {
      FineTuningTask task = task(model, network, records);
      Whitener inner = task.curvature(task.theta()).whitener(0.1);
      Round round =
          ForetoldGradients.of(task, task.theta(), inner)
              .orElseThrow()
              .round(GaussianBudget.in(task));
      assertOneRecordMoreMovesNothingElse(
          round.foretelling().orElseThrow().map(task, task.theta()),
          records,
          examples(random, 1).get(0));
    }
  }

  private static void assertOneRecordMoreMovesNothingElse(ModelFile model) {
    assertOneRecordMoreMovesNothingElse(model, map -> map);
  }

  private static void assertOneRecordMoreMovesNothingElse(
      ModelFile model, Function<GradientMap, VectorMap<Example>> of) {
    assertOneRecordMoreMovesNothingElse(model, RecordWeighting.mallows(0.7), of);
  }

  private static void assertOneRecordMoreMovesNothingElse(
      ModelFile model, RecordWeighting weighting, Function<GradientMap, VectorMap<Example>> of) {
    SplittableRandom random = new SplittableRandom(3);
    List<Example> records = examples(random, 700);
    Example added = examples(random, 1).get(0);
    try (Network network = Network.of(model)) {
      FineTuningTask task = task(model, network, records);
      Spectrum spectrum =
          Spectrum.of(
              task.subspace().dimension(),
              GaussNewton.dense(
                  network, task.theta(), Batches.of(records, WIDTH), task.subspace()));
      Whitener whitener = new SpectralWhitener(spectrum, spectrum.mean());
      assertOneRecordMoreMovesNothingElse(
          of.apply(new GradientMap(task, task.theta(), whitener, weighting)), records, added);
    }
  }

  private static void assertOneRecordMoreMovesNothingElse(
      VectorMap<Example> map, List<Example> records, Example added) {
    // The same seed gives the same noise, which differences take away.
    long[] noise = release(map, List.of());
    long[] alone = difference(release(map, List.of(added)), noise);
    for (int place : new int[] {0, 255, 700}) {
      List<Example> more = new ArrayList<>(records);
      more.add(place, added);
      assertArrayEquals(alone, difference(release(map, more), release(map, records)));
    }
    // The broken twin: last bits that depend on the company, as those of batched libraries may.
    VectorMap<Example> batched = dependingOnTheCompany(map);
    List<Example> more = new ArrayList<>(records);
    more.add(0, added);
    assertFalse(
        Arrays.equals(
            difference(release(batched, List.of(added)), noise),
            difference(release(batched, more), release(batched, records))));
  }

  private static VectorMap<Example> dependingOnTheCompany(VectorMap<Example> map) {
    return new VectorMap<>() {
      @Override
      public int dimension() {
        return map.dimension();
      }

      @Override
      public void map(List<Example> records, double[] out) {
        map.map(records, out);
        // Every other entry: a clip would take back a change of the length alone.
        for (int j = 0; j < records.size() * map.dimension(); j += 2) {
          out[j] *= 1 + 0x1p-24 * records.size();
        }
      }
    };
  }

  private static long[] release(VectorMap<Example> map, List<Example> records) {
    SumPlan plan =
        new SumPlan(
            "test",
            map.dimension(),
            new L2Clip(1),
            new GaussianNoise(1),
            NeighboringRelation.ADD_OR_REMOVE_ONE);
    ReleaseContext context = ReleaseContext.seeded(1, 2, InsecureRandomness.acknowledgeNoPrivacy());
    return new PrivateSum(plan, context)
        .release("sum", PrivateTable.sealInMemory(records), map)
        .cells();
  }

  private static FineTuningTask task(ModelFile model, Network network, List<Example> open) {
    double[] theta = model.parameterValues();
    Subspace subspace = FineTuning.subspace(network, theta, open);
    return new FineTuningTask(
        network,
        RowwiseNetwork.of(model),
        theta,
        PublicData.of(open),
        PrivateTable.sealInMemory(open),
        open.size(),
        subspace,
        PrivacyBudget.of(1, 1e-5, NeighboringRelation.ADD_OR_REMOVE_ONE));
  }

  private static List<Example> examples(SplittableRandom random, int count) {
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] features = new float[WIDTH];
      for (int j = 0; j < WIDTH; j++) {
        features[j] = (float) random.nextDouble(-2, 2);
      }
      features[i % WIDTH] = i % 3 == 0 ? Float.NaN : Float.POSITIVE_INFINITY;
      examples.add(new Example(features, random.nextInt(2)));
    }
    return examples;
  }

  private static double[] someParameters(int count) {
    return new SplittableRandom(9).doubles(count, -1, 1).toArray();
  }

  private static List<String> columns() {
    List<String> columns = new ArrayList<>();
    for (int j = 0; j < WIDTH; j++) {
      columns.add("c" + j);
    }
    return columns;
  }

  private static Preprocessing preprocessing() {
    return new Preprocessing(filled(0.1f), filled(-3), filled(3), filled(0.1f), filled(1.3f));
  }

  private static float[] filled(float value) {
    float[] values = new float[WIDTH];
    Arrays.fill(values, value);
    return values;
  }

  private static long[] difference(long[] a, long[] b) {
    long[] difference = new long[a.length];
    Arrays.setAll(difference, j -> a[j] - b[j]);
    return difference;
  }
}
