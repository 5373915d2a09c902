package org.quietune.geometry;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.quietune.model.Activation;
import org.quietune.model.Batch;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;
import org.quietune.model.Preprocessing;

/** Small models with random parameters, and random records for them. */
final class PublicModels {
  private PublicModels() {}

  private static List<String> columns(int width) {
    return IntStream.range(0, width).mapToObj(j -> "x" + j).toList();
  }

  /** Passes values between −10 and 10 on as they are. */
  private static Preprocessing plain(int width) {
    float[] zeros = new float[width];
    float[] lower = new float[width];
    float[] upper = new float[width];
    float[] ones = new float[width];
    Arrays.fill(lower, -10);
    Arrays.fill(upper, 10);
    Arrays.fill(ones, 1);
    return new Preprocessing(zeros, lower, upper, zeros, ones);
  }

  static ModelFile logistic(int width, int classes, long seed) {
    return random(ModelFile.logistic(columns(width), plain(width), classes), seed);
  }

  static ModelFile mlp(int width, int classes, int hidden, long seed) {
    return random(
        ModelFile.mlp(
            columns(width), plain(width), classes, List.of(hidden), seed, Activation.TANH),
        seed);
  }

  static ModelFile linear(int width, Loss loss, long seed) {
    return random(ModelFile.linear(columns(width), plain(width), loss), seed);
  }

  private static ModelFile random(ModelFile model, long seed) {
    return model.withParameters(
        new SplittableRandom(seed).doubles(model.parameterCount(), -0.8, 0.8).toArray());
  }

  static Batch batch(int size, int width, int classes, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] features = new float[size * width];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextDouble(-2, 2);
    }
    double[] labels = random.ints(size, 0, classes).asDoubleStream().toArray();
    return new Batch(size, width, features, labels);
  }
}
