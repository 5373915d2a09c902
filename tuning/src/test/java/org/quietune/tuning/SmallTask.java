package org.quietune.tuning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.Example;
import org.quietune.data.PrivateTable;
import org.quietune.geometry.IdentitySubspace;
import org.quietune.model.Activation;
import org.quietune.model.Batch;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.Preprocessing;
import org.quietune.model.RowwiseNetwork;
import org.quietune.random.InsecureRandomness;
import org.quietune.release.PrivateRecords;
import org.quietune.release.ReleaseContext;

/** Models with a handful of inputs, random records, and tasks made of them. */
final class SmallTask {
  static final int WIDTH = 3;

  private SmallTask() {}

  private static List<String> columns() {
    return IntStream.range(0, WIDTH).mapToObj(j -> "x" + j).toList();
  }

  private static Preprocessing plain() {
    float[] zeros = new float[WIDTH];
    float[] lower = new float[WIDTH];
    float[] upper = new float[WIDTH];
    float[] ones = new float[WIDTH];
    Arrays.fill(lower, -10);
    Arrays.fill(upper, 10);
    Arrays.fill(ones, 1);
    return new Preprocessing(zeros, lower, upper, zeros, ones);
  }

  /** Logistic regression with parameters between −{@code size} and {@code size}. */
  static ModelFile logistic(double size, long seed) {
    ModelFile model = ModelFile.logistic(columns(), plain(), 2);
    return model.withParameters(
        new SplittableRandom(seed).doubles(model.parameterCount(), -size, size).toArray());
  }

  /** Linear regression at zero, by squared error. */
  static ModelFile linear() {
    return ModelFile.linear(columns(), plain(), Loss.squaredError());
  }

  static ModelFile mlp(int classes, int hidden, long seed) {
    return ModelFile.mlp(columns(), plain(), classes, List.of(hidden), seed, Activation.TANH);
  }

  static List<Example> examples(int count, int classes, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] features = new float[WIDTH];
      for (int j = 0; j < WIDTH; j++) {
        features[j] = (float) random.nextDouble(-2, 2);
      }
      examples.add(new Example(features, random.nextInt(classes)));
    }
    return examples;
  }

  static Batch batch(List<Example> examples) {
    return Batches.of(examples, WIDTH);
  }

  static PrivateRecords<Example> sealed(List<Example> examples) {
    return PrivateTable.sealInMemory(examples);
  }

  /** All parameters trainable, 200 public records, {@code units} private ones. */
  static FineTuningTask of(
      ModelFile model, Network network, int classes, int units, PrivacyBudget budget) {
    return of(
        model, network, examples(200, classes, 1), examples(units, classes, 2), units, budget);
  }

  static FineTuningTask of(
      ModelFile model,
      Network network,
      List<Example> publicData,
      List<Example> privateData,
      double nominalRecords,
      PrivacyBudget budget) {
    return new FineTuningTask(
        network,
        RowwiseNetwork.of(model),
        model.parameterValues(),
        PublicData.of(publicData),
        sealed(privateData),
        nominalRecords,
        new IdentitySubspace(model.parameterCount()),
        budget);
  }

  static GaussianBudget budget(double mu) {
    return new GaussianBudget(mu, NeighboringRelation.ADD_OR_REMOVE_ONE);
  }

  static ReleaseContext seeded(long seed) {
    return ReleaseContext.seeded(seed, 1, InsecureRandomness.acknowledgeNoPrivacy());
  }

  /** Full-batch gradient descent on all parameters. */
  static DpDescent descent(int rounds, double clipMultiple, double stepSize) {
    return new DpDescent(
        "dp-gd",
        TrainedPart.ALL,
        Preconditioning.NONE,
        rounds,
        1,
        clipMultiple,
        new UpdateRule.Momentum(stepSize, 0));
  }
}
