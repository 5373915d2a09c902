package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Reduced gradients against plain sums over the full ones. {@link #requireExact} is also called for
 * every operator and layer in random shapes ({@link OperatorParityTest}, {@link
 * LayerGradientTest}).
 */
class GradientReductionTest {

  /** Bases of random widths, some of them the identity. */
  private static GradientReduction random(List<ParameterInfo> parameters, long seed) {
    SplitMix64 random = new SplitMix64(seed);
    List<GradientReduction.Part> parts = new ArrayList<>();
    for (ParameterInfo info : parameters) {
      parts.add(
          info.shape().size() < 2
              ? new GradientReduction.Whole(info.size())
              : new GradientReduction.Kronecker(
                  basis(info.matrixRows(), random), basis(info.matrixColumns(), random)));
    }
    return GradientReduction.of(parts);
  }

  private static ModeBasis basis(int size, SplitMix64 random) {
    int dimension = 1 + (int) Long.remainderUnsigned(random.nextLong(), 10);
    if (dimension > 8) {
      return ModeBasis.identity(size);
    }
    double[] entries = new double[size * dimension];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = random.nextGaussian();
    }
    return new ModeBasis(size, dimension, entries);
  }

  private static double entry(ModeBasis basis, int i, int j) {
    return basis.isIdentity() ? (i == j ? 1 : 0) : basis.entries()[i * basis.dimension() + j];
  }

  /** {@code UᵀGV} by its definition. */
  private static double[] oracle(GradientReduction reduction, double[] full) {
    double[] reduced = new double[reduction.dimension()];
    int from = 0;
    for (int i = 0; i < reduction.parts().size(); i++) {
      GradientReduction.Part part = reduction.parts().get(i);
      int to = reduction.offset(i);
      if (part instanceof GradientReduction.Kronecker k) {
        int s = k.columns().dimension();
        for (int p = 0; p < k.rows().dimension(); p++) {
          for (int q = 0; q < s; q++) {
            double sum = 0;
            for (int a = 0; a < k.rows().size(); a++) {
              for (int b = 0; b < k.columns().size(); b++) {
                sum +=
                    entry(k.rows(), a, p)
                        * full[from + a * k.columns().size() + b]
                        * entry(k.columns(), b, q);
              }
            }
            reduced[to + p * s + q] = sum;
          }
        }
      } else {
        System.arraycopy(full, from, reduced, to, part.size());
      }
      from += part.size();
    }
    return reduced;
  }

  /** Reduced gradients of every record, inside the pass and after it, and their adjoint. */
  static void requireExact(
      RowwiseNetwork network, double[] theta, Batch batch, double[] gradients) {
    for (long seed = 0; seed < 3; seed++) {
      GradientReduction reduction = random(network.parameters(), seed);
      RowwiseNetwork.Pass pass = network.pass(theta, reduction);
      RowwiseNetwork.Workspace workspace = pass.workspace();
      float[] poison = new float[batch.width()];
      Arrays.fill(poison, Float.NaN);
      for (int i = 0; i < batch.size(); i++) {
        double[] full = Arrays.copyOfRange(gradients, i * theta.length, (i + 1) * theta.length);
        double[] expected = oracle(reduction, full);
        double scale = Math.max(1, largest(expected));
        double[] reduced = new double[pass.gradientLength()];
        Batch one = batch.slice(i, i + 1);
        workspace.gradient(one.features(), 0, one.labels()[0], reduced, 0);
        assertArrayEquals(expected, reduced, 1e-11 * scale);
        assertArrayEquals(expected, reduction.reduce(full, 1), 1e-11 * scale);
        // The same bits whatever ran before.
        double[] again = new double[reduced.length];
        workspace.gradient(poison, 0, 0, again, 0);
        workspace.gradient(one.features(), 0, one.labels()[0], again, 0);
        assertArrayEquals(reduced, again, 0.0);
        double[] z = theta.clone();
        double[] coordinates = Arrays.copyOf(reversed(z), reduced.length);
        assertEquals(
            dot(coordinates, reduced),
            dot(reduction.lift(coordinates), full),
            1e-10 * scale * Math.max(1, largest(coordinates)) * reduced.length);
      }
    }
    requireFactors(network, theta, batch, gradients);
    requireBlocks(network, theta, batch);
    for (int views : new int[] {1, 3, 9}) {
      requireMeans(network, theta, batch, views);
    }
    GradientReduction reduction = random(network.parameters(), 2);
    requirePieces(network, theta, batch, reduction);
    requirePieces(network, theta, batch, reduction.times(factors(reduction.dimension())));
    requirePieces(network, theta, batch, GradientReduction.whole(theta.length));
  }

  /**
   * The mean over views is the mean of their gradients, and has the bits that it has alone,
   * whatever ran before and whatever stands beside it in a block; of one view, those of its
   * gradient.
   */
  private static void requireMeans(RowwiseNetwork network, double[] theta, Batch batch, int views) {
    List<float[]> features = new ArrayList<>();
    for (int i = 0; i < views; i++) {
      int record = i % batch.size();
      features.add(batch.slice(record, record + 1).features());
    }
    double label = batch.labels()[0];
    double[] mean = new double[theta.length];
    double[] one = new double[theta.length];
    RowwiseNetwork.Workspace plain = network.pass(theta).workspace();
    for (float[] view : features) {
      plain.gradient(view, 0, label, one, 0);
      for (int j = 0; j < mean.length; j++) {
        mean[j] += one[j] / views;
      }
    }
    double[] whole = new double[theta.length];
    plain.meanGradient(features, label, whole, 0);
    assertArrayEquals(mean, whole, 1e-12 * Math.max(1, largest(mean)));
    float[] poison = new float[batch.width()];
    Arrays.fill(poison, Float.NaN);
    for (long seed = 0; seed < 3; seed++) {
      GradientReduction reduction = random(network.parameters(), seed);
      reduction = reduction.times(factors(reduction.dimension()));
      RowwiseNetwork.Pass pass = network.pass(theta, reduction);
      int k = pass.gradientLength();
      double[] alone = new double[k];
      RowwiseNetwork.Workspace workspace = pass.workspace();
      workspace.meanGradient(features, label, alone, 0);
      double[] expected = reduction.reduce(mean, 1);
      assertArrayEquals(expected, alone, 1e-10 * Math.max(1, largest(expected)));
      if (views == 1) {
        double[] gradient = new double[k];
        workspace.gradient(features.get(0), 0, label, gradient, 0);
        assertArrayEquals(gradient, alone, 0.0);
      }
      double[] together = new double[3 * k];
      workspace.inBlock(
          () -> {
            workspace.meanGradient(List.of(poison, poison), 0, together, 0);
            workspace.meanGradient(features, label, together, k);
            workspace.gradient(poison, 0, 0, together, 2 * k);
          });
      assertArrayEquals(alone, Arrays.copyOfRange(together, k, 2 * k), 0.0);
    }
  }

  private static double[] factors(int count) {
    double[] factors = new double[count];
    for (int j = 0; j < count; j++) {
      factors[j] = 0.5 + 1.0 / (j + 1);
    }
    return factors;
  }

  /**
   * Pieces have the bits that the record's gradient has alone, whatever stands beside it, and each
   * time they are asked for. Sensitivity rests on it.
   */
  static void requirePieces(
      RowwiseNetwork network, double[] theta, Batch batch, GradientReduction reduction) {
    RowwiseNetwork.Pass pass = network.pass(theta, reduction);
    GradientPieces pieces = pass.pieces();
    float[] poison = new float[batch.width()];
    Arrays.fill(poison, Float.NaN);
    List<float[]> features = new ArrayList<>();
    double[] labels = new double[2 * batch.size() + 1];
    features.add(poison);
    for (int i = 0; i < batch.size(); i++) {
      features.add(batch.slice(i, i + 1).features());
      features.add(poison);
      labels[2 * i + 1] = batch.labels()[i];
    }
    // A block of another size before, and the same one again.
    pieces.prepare(List.of(poison), labels);
    pieces.prepare(features, labels);
    requirePieces(pass, pieces, features, labels);
    pieces.prepare(features, labels);
    requirePieces(pass, pieces, features, labels);
  }

  private static void requirePieces(
      RowwiseNetwork.Pass pass, GradientPieces pieces, List<float[]> features, double[] labels) {
    int dimension = pass.gradientLength();
    assertEquals(0, pieces.start(0));
    assertEquals(dimension, pieces.start(pieces.count()));
    RowwiseNetwork.Workspace alone = pass.workspace();
    double[][] expected = new double[features.size()][dimension];
    for (int i = 0; i < expected.length; i++) {
      alone.gradient(features.get(i), 0, labels[i], expected[i], 0);
    }
    double[] out = new double[GradientPieces.LONGEST];
    for (boolean backward : new boolean[] {false, true}) {
      for (int k = 0; k < pieces.count(); k++) {
        int p = backward ? pieces.count() - 1 - k : k;
        int from = pieces.start(p);
        int length = pieces.start(p + 1) - from;
        assertTrue(length > 0 && length <= GradientPieces.LONGEST);
        for (int i = 0; i < expected.length; i++) {
          Arrays.fill(out, -7);
          pieces.write(p, i, out);
          for (int j = 0; j < length; j++) {
            assertEquals(expected[i][from + j], out[j], 0.0);
          }
        }
      }
    }
  }

  /**
   * In a block a record has the bits that it has alone, whatever stands beside it; with factors, it
   * has the bits of the plain result times them. Sensitivity rests on the former.
   */
  private static void requireBlocks(RowwiseNetwork network, double[] theta, Batch batch) {
    GradientReduction plain = random(network.parameters(), 1);
    double[] factors = factors(plain.dimension());
    RowwiseNetwork.Pass pass = network.pass(theta, plain.times(factors));
    RowwiseNetwork.Workspace workspace = pass.workspace();
    float[] poison = new float[batch.width()];
    Arrays.fill(poison, Float.NaN);
    int k = factors.length;
    double[] together = new double[(2 * batch.size() + 1) * k];
    workspace.inBlock(
        () -> {
          workspace.gradient(poison, 0, 0, together, 0);
          for (int i = 0; i < batch.size(); i++) {
            int at = (2 * i + 1) * k;
            workspace.gradient(
                batch.features(), i * batch.width(), batch.labels()[i], together, at);
            workspace.gradient(poison, 0, 0, together, at + k);
          }
        });
    RowwiseNetwork.Workspace alone = network.pass(theta, plain).workspace();
    double[] expected = new double[k];
    for (int i = 0; i < batch.size(); i++) {
      alone.gradient(batch.features(), i * batch.width(), batch.labels()[i], expected, 0);
      for (int j = 0; j < k; j++) {
        assertEquals(expected[j] * factors[j], together[(2 * i + 1) * k + j], 0.0);
      }
    }
    double[] z = new double[k];
    Arrays.fill(z, 1);
    assertArrayEquals(plain.lift(factors), plain.times(factors).lift(z), 0.0);
  }

  @Test
  void aBlockInABlockIsRefused() {
    ModelFile model = TestModels.mlp(6, 3, List.of(5), Activation.RELU);
    RowwiseNetwork.Workspace workspace =
        RowwiseNetwork.of(model).pass(model.parameterValues()).workspace();
    assertThrows(
        IllegalStateException.class, () -> workspace.inBlock(() -> workspace.inBlock(() -> {})));
  }

  /** What a visitor is shown multiplies to the gradient. */
  private static void requireFactors(
      RowwiseNetwork network, double[] theta, Batch batch, double[] gradients) {
    List<ParameterInfo> parameters = network.parameters();
    double[] sum = new double[theta.length];
    LayerFactors visitor =
        (parameter, left, right, atRight, terms) -> {
          ParameterInfo info = parameters.get(parameter);
          int rows = left.length / terms;
          assertEquals(info.matrixRows(), rows);
          for (int t = 0; t < terms; t++) {
            for (int i = 0; i < rows; i++) {
              for (int j = 0; j < info.matrixColumns(); j++) {
                sum[info.offset() + i * info.matrixColumns() + j] +=
                    left[t * rows + i] * right[atRight + t * info.matrixColumns() + j];
              }
            }
          }
        };
    RowwiseNetwork.Workspace workspace = network.pass(theta).workspace(visitor);
    double[] rest = new double[theta.length];
    workspace.gradient(batch.features(), 0, batch.labels()[0], rest, 0);
    double scale = Math.max(1, largest(gradients));
    for (int j = 0; j < theta.length; j++) {
      if (sum[j] != 0) {
        assertEquals(gradients[j], sum[j], 1e-11 * scale);
      }
    }
  }

  private static double[] reversed(double[] values) {
    double[] reversed = new double[values.length];
    for (int j = 0; j < values.length; j++) {
      reversed[j] = values[values.length - 1 - j];
    }
    return reversed;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElse(0);
  }

  @Test
  void layersOfAnMlpAndACnnComeAsFactors() {
    List<ModelFile> models =
        List.of(
            TestModels.randomized(TestModels.mlp(6, 3, List.of(5), Activation.RELU), 1),
            ModelFile.cnn(TestModels.columns(784), TestModels.preprocessing(784), 28, 10, 1));
    for (ModelFile model : models) {
      RowwiseNetwork network = RowwiseNetwork.of(model);
      List<Integer> shown = new ArrayList<>();
      RowwiseNetwork.Workspace workspace =
          network
              .pass(model.parameterValues())
              .workspace((parameter, left, right, at, terms) -> shown.add(parameter));
      float[] record = new float[network.inputWidth()];
      workspace.gradient(record, 0, 1, new double[network.parameterCount()], 0);
      long weights =
          network.parameters().stream()
              .filter(info -> info.role() == ParameterInfo.Role.WEIGHT)
              .count();
      assertEquals(weights, shown.stream().distinct().count());
    }
  }

  /** Wide layers, whose rows take several pieces, and narrow ones, whose rows share one. */
  @Test
  void piecesOfWideAndNarrowLayers() {
    for (int width : new int[] {7, 63, 64, 1100, 2050}) {
      ModelFile model =
          TestModels.randomized(TestModels.mlp(6, 3, List.of(width), Activation.RELU), 1);
      RowwiseNetwork network = RowwiseNetwork.of(model);
      GradientReduction reduction = TestModels.everySideWhole(network);
      Batch batch = TestModels.batch(3, 6, 3, 2);
      double[] theta = model.parameterValues();
      requirePieces(network, theta, batch, reduction);
      requirePieces(network, theta, batch, reduction.times(factors(reduction.dimension())));
      // Linear layers are kept by their sides: less than a gradient by far.
      GradientPieces pieces = network.pass(theta, reduction).pieces();
      pieces.prepare(List.of(new float[6]), new double[1]);
      assertTrue(pieces.keptValues() <= 3L * (width + 9), "kept " + pieces.keptValues());
    }
  }

  @Test
  void refusesOtherTensors() {
    ModelFile model = TestModels.mlp(6, 3, List.of(5), Activation.RELU);
    RowwiseNetwork network = RowwiseNetwork.of(model);
    double[] theta = model.parameterValues();
    GradientReduction other = GradientReduction.whole(theta.length - 1);
    assertThrows(IllegalArgumentException.class, () -> network.pass(theta, other));
    assertThrows(
        IllegalArgumentException.class, () -> new ModeBasis(3, 2, new double[5]), "a wrong size");
  }

  /** The comparison must be able to fail: a basis with one other entry is seen. */
  @Test
  void aWrongBasisIsSeen() {
    ModelFile model = TestModels.randomized(TestModels.mlp(6, 3, List.of(5), Activation.TANH), 1);
    RowwiseNetwork network = RowwiseNetwork.of(model);
    double[] theta = model.parameterValues();
    Batch batch = TestModels.batch(1, 6, 3, 2);
    GradientReduction reduction = random(network.parameters(), 1);
    double[] full = new double[theta.length];
    network.pass(theta).workspace().gradient(batch.features(), 0, 1, full, 0);
    double[] expected = oracle(reduction, full);
    for (GradientReduction.Part part : reduction.parts()) {
      if (part instanceof GradientReduction.Kronecker k && !k.rows().isIdentity()) {
        k.rows().entries()[0] += 1e-6;
      }
    }
    double[] reduced = new double[expected.length];
    network.pass(theta, reduction).workspace().gradient(batch.features(), 0, 1, reduced, 0);
    double difference = 0;
    for (int j = 0; j < reduced.length; j++) {
      difference = Math.max(difference, Math.abs(expected[j] - reduced[j]));
    }
    assertTrue(difference > 1e-11 * Math.max(1, largest(expected)));
  }
}
