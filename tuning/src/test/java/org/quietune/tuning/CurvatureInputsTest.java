package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.Example;
import org.quietune.geometry.Curvature;
import org.quietune.geometry.CurvatureChoice;
import org.quietune.geometry.SubspaceChoice;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.RowwiseNetwork;
import org.quietune.model.TrainableSelection;

/** Curvature on inputs of the user's own is the curvature on these inputs, and on no others. */
class CurvatureInputsTest {
  private static final ModelFile LOGISTIC = SmallTask.logistic(0.5, 3);
  private static final PrivacyBudget BUDGET =
      PrivacyBudget.of(1, 0, NeighboringRelation.ADD_OR_REMOVE_ONE);

  /** A generator that any user could have written. */
  private static List<float[]> generated() {
    return SmallTask.examples(90, 2, 17).stream()
        .map(example -> new float[] {2 * example.features()[0], 0.3f, example.features()[2]})
        .toList();
  }

  private static List<Example> unlabelled(List<float[]> inputs) {
    return inputs.stream().map(features -> new Example(features, Double.NaN)).toList();
  }

  /** Exact and drawn labels alike; a twin that took the public records would differ. */
  @ParameterizedTest
  @CsvSource({"2, dense", "3, dense", "3, diagonal", "3, kfac", "3, ekfac", "3, lowrank:4"})
  void curvatureIsThatOfTheInputs(int classes, String form) {
    ModelFile model = classes == 2 ? LOGISTIC : SmallTask.mlp(classes, 4, 1);
    CurvatureChoice choice = CurvatureChoice.parse(form);
    List<Example> inputs = unlabelled(generated());
    try (Network network = Network.of(model)) {
      FineTuningTask whole = SmallTask.of(model, network, classes, 50, BUDGET);
      FineTuningTask task =
          new FineTuningTask(
              network,
              RowwiseNetwork.of(model),
              whole.theta(),
              whole.publicData().withInputs(inputs),
              whole.records(),
              50,
              whole.subspace(),
              choice,
              BUDGET);
      double[] theta = task.theta();
      Curvature expected = choice.at(network, theta, SmallTask.batch(inputs), task.subspace());
      assertArrayEquals(expected.values(), task.curvature(theta).values(), form);
      Curvature uniform =
          choice.atUnknownLabels(network, theta, SmallTask.batch(inputs), task.subspace());
      assertArrayEquals(uniform.values(), task.curvatureAtUnknownLabels(theta).values(), form);
      Curvature twin =
          choice.at(network, theta, SmallTask.batch(task.publicData().labelled()), task.subspace());
      assertFalse(Arrays.equals(twin.values(), task.curvature(theta).values()), form);
      assertEquals(task.publicData().labelled(), task.labelledSample(), "clip norms need labels");
    }
  }

  /** A table in the order of its labels still shows all of them. */
  @Test
  void samplesAreSpreadOverTheTable() {
    List<Example> sorted = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      sorted.add(new Example(new float[] {i, 0, 0}, i < 5000 ? 0 : 1));
    }
    ModelFile wide = SmallTask.mlp(2, 6000, 1);
    try (Network network = Network.of(wide)) {
      FineTuningTask task = SmallTask.of(wide, network, sorted, sorted.subList(0, 10), 10, BUDGET);
      for (List<Example> sample : List.of(task.labelledSample(), task.curvatureSample())) {
        assertEquals(512, sample.size());
        assertEquals(256, sample.stream().filter(example -> example.label() == 1).count());
      }
      assertEquals(sorted.get(19), task.labelledSample().get(1));
      assertEquals(4096, new HashSet<>(task.labelledSample(1)).size());
      assertEquals(2048, task.labelledSample(1).stream().filter(e -> e.label() == 1).count());
      assertEquals(sorted.get(0), task.labelledSample(1).get(0));
      assertEquals(sorted.get(1), task.labelledSample(2).get(0), "others in each round");
      assertEquals(4096, new HashSet<>(task.labelledSample(4000)).size(), "around the end");
    }
  }

  private static FineTuning.Request request(ModelFile base) {
    return new FineTuning.Request(
        base,
        PublicData.of(SmallTask.examples(200, 2, 1)),
        SmallTask.sealed(SmallTask.examples(80, 2, 2)),
        OptionalDouble.of(80),
        1,
        BUDGET,
        new PureExponentialMechanism(),
        new Geometry(SubspaceChoice.parse("identity"), CurvatureChoice.dense()));
  }

  private static FineTuning.Result run(FineTuning.Request request) {
    return FineTuning.run(request, SmallTask.seeded(5), RoundListener.silent());
  }

  /** The pure mechanism's damping is the mean curvature, so a run shows what it was taken on. */
  @Test
  void aRunTakesThem() {
    double expected;
    try (Network network = Network.of(LOGISTIC)) {
      FineTuningTask task = SmallTask.of(LOGISTIC, network, 2, 80, BUDGET);
      expected =
          CurvatureChoice.dense()
              .at(network, task.theta(), SmallTask.batch(unlabelled(generated())), task.subspace())
              .mean();
    }
    FineTuning.Request request = request(LOGISTIC);
    assertEquals(expected, run(request.withCurvatureInputs(generated())).settings().get("damping"));
    assertNotEquals(expected, run(request).settings().get("damping"));
  }

  /** The public inputs without their labels make the same run; so does a frozen part in front. */
  @Test
  void labelsPlayNoPart() {
    for (ModelFile base :
        List.of(LOGISTIC, SmallTask.mlp(2, 4, 1).training(TrainableSelection.parse("head")))) {
      FineTuning.Request request = request(base);
      List<float[]> inputs =
          request.publicData().labelled().stream().map(Example::features).toList();
      assertArrayEquals(
          run(request).model().parameterValues(),
          run(request.withCurvatureInputs(inputs)).model().parameterValues());
    }
  }

  @Test
  void noInputsAndOthersThanTheModelsAreRefused() {
    FineTuning.Request request = request(LOGISTIC);
    for (List<float[]> unfit : List.of(List.<float[]>of(), List.of(new float[4]))) {
      assertThrows(IllegalArgumentException.class, () -> request.withCurvatureInputs(unfit));
    }
  }
}
