package org.quietune.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Small models and batches that the tests share. */
final class TestModels {
  private TestModels() {}

  static List<String> columns(int width) {
    List<String> columns = new ArrayList<>();
    for (int j = 0; j < width; j++) {
      columns.add("column " + j);
    }
    return columns;
  }

  /** Preprocessing with a different value in every place. */
  static Preprocessing preprocessing(int width) {
    float[][] p = new float[5][width];
    for (int j = 0; j < width; j++) {
      p[0][j] = 0.5f + 0.1f * j;
      p[1][j] = -3f - 0.2f * j;
      p[2][j] = 4f + 0.3f * j;
      p[3][j] = 0.25f * (j % 3);
      p[4][j] = 1f + 0.5f * (j % 4);
    }
    return new Preprocessing(p[0], p[1], p[2], p[3], p[4]);
  }

  static ModelFile mlp(int width, int classes, List<Integer> hidden, Activation activation) {
    return ModelFile.mlp(columns(width), preprocessing(width), classes, hidden, 7, activation);
  }

  /** A model whose every parameter, zero-initialized ones too, has a random value. */
  static ModelFile randomized(ModelFile model, long seed) {
    SplitMix64 random = new SplitMix64(seed);
    double[] theta = model.parameterValues();
    for (int i = 0; i < theta.length; i++) {
      theta[i] = 0.7 * random.nextGaussian();
    }
    return model.withParameters(theta);
  }

  static Batch batch(int size, int width, int classes, long seed) {
    SplitMix64 random = new SplitMix64(seed);
    float[] features = new float[size * width];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (2 * random.nextGaussian());
    }
    double[] labels = new double[size];
    for (int i = 0; i < size; i++) {
      labels[i] = Long.remainderUnsigned(random.nextLong(), classes);
    }
    return new Batch(size, width, features, labels);
  }

  /** The same batch with missing, infinite and huge values strewn in. */
  static Batch hostile(Batch batch) {
    float[] features = batch.features().clone();
    float[] poison = {
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      (float) 1e300,
      -Float.MAX_VALUE,
      Float.MIN_VALUE,
      -0f
    };
    for (int i = 0; i < features.length; i += 3) {
      features[i] = poison[(i / 3) % poison.length];
    }
    return new Batch(batch.size(), batch.width(), features, batch.labels());
  }

  /** Keeps every coordinate, those of matrices as Kronecker directions of whole sides. */
  static GradientReduction everySideWhole(RowwiseNetwork network) {
    List<GradientReduction.Part> parts = new ArrayList<>();
    for (ParameterInfo info : network.parameters()) {
      parts.add(
          info.shape().size() < 2
              ? new GradientReduction.Whole(info.size())
              : new GradientReduction.Kronecker(
                  ModeBasis.identity(info.matrixRows()), ModeBasis.identity(info.matrixColumns())));
    }
    return GradientReduction.of(parts);
  }

  /** Probabilities from logits, in Java. */
  static double[] probabilities(double[] logits, int outputs) {
    double[] p = new double[logits.length];
    for (int i = 0; i < logits.length; i += outputs) {
      if (outputs == 1) {
        p[i] = 1 / (1 + Math.exp(-logits[i]));
      } else {
        double[] row = Arrays.copyOfRange(logits, i, i + outputs);
        double largest = Arrays.stream(row).max().orElseThrow();
        double sum = Arrays.stream(row).map(z -> Math.exp(z - largest)).sum();
        for (int k = 0; k < outputs; k++) {
          p[i + k] = Math.exp(row[k] - largest) / sum;
        }
      }
    }
    return p;
  }
}
