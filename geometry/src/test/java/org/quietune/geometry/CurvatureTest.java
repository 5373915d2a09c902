package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.ParameterInfo;

/**
 * Every form of curvature against the dense matrix, which {@link GaussNewtonTest} differentiates.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CurvatureTest {
  private final ModelFile model = PublicModels.mlp(4, 3, 5, 1);
  private final Network network = Network.of(model);
  private final double[] theta = model.parameterValues();
  private final int d = theta.length;
  private final Subspace all = new IdentitySubspace(d);
  private final Batch batch = PublicModels.batch(60, 4, 3, 2);
  private final double[] dense =
      Matrices.symmetric(d, GaussNewton.dense(network, theta, batch, all));

  @AfterAll
  void close() {
    network.close();
  }

  /** {@code H} that a curvature stands for: {@code (BᵀB)⁻¹ − λI}, column by column. */
  private static double[] matrix(Curvature curvature) {
    int k = curvature.dimension();
    double damping = 0.1;
    Whitener whitener = curvature.whitener(damping);
    double[] inverse = new double[k * k];
    for (int j = 0; j < k; j++) {
      double[] column = whitener.unwhiten(whitener.whiten(Matrices.unit(k, j)));
      System.arraycopy(column, 0, inverse, j * k, k);
    }
    Spectrum spectrum = Spectrum.of(k, inverse);
    double[] matrix = new double[k * k];
    for (int i = 0; i < k; i++) {
      for (int a = 0; a < k; a++) {
        for (int b = 0; b < k; b++) {
          matrix[a * k + b] +=
              (1 / spectrum.values()[i] - damping)
                  * spectrum.vectors()[i * k + a]
                  * spectrum.vectors()[i * k + b];
        }
      }
    }
    return matrix;
  }

  private static double trace(int k, double[] matrix) {
    double sum = 0;
    for (int j = 0; j < k; j++) {
      sum += matrix[j * k + j];
    }
    return sum;
  }

  private BlockSubspace kronecker(int rank) {
    return BlockSubspace.kronecker(
        network.parameters(), theta, rank, BlockSubspace.Sides.RANDOM, 3);
  }

  private Curvature at(String choice, Subspace subspace) {
    return CurvatureChoice.parse(choice).at(network, theta, batch, subspace);
  }

  @Test
  void denseIsTheMatrix() {
    assertEquals(0, Matrices.largestDifference(dense, matrix(at("dense", all))), 1e-9);
  }

  /** In a Kronecker subspace, whose rows the Java engine makes: PᵀHP. */
  @Test
  void reducedRowsGiveTheProjectedMatrix() {
    BlockSubspace subspace = kronecker(2);
    int k = subspace.dimension();
    double[] p = new double[k * d];
    for (int j = 0; j < k; j++) {
      System.arraycopy(subspace.lift(Matrices.unit(k, j)), 0, p, j * d, d);
    }
    double[] expected =
        Matrices.product(
            k, d, k, Matrices.product(k, d, d, p, dense), Matrices.transposed(k, d, p));
    double[] actual =
        Matrices.symmetric(
            k, GaussNewton.dense(CurvatureRows.exact(network, theta, batch, subspace)));
    assertEquals(0, Matrices.largestDifference(expected, actual), 1e-6, "float32 against double");
  }

  @Test
  void diagonalIsTheDiagonal() {
    double[] values =
        DiagonalCurvature.of(CurvatureRows.exact(network, theta, batch, all)).values();
    for (int j = 0; j < d; j++) {
      assertEquals(dense[j * d + j], values[j], 1e-12);
    }
  }

  /** With all directions it is the matrix; with fewer, the leading ones and the same trace. */
  @Test
  void lowRankKeepsTheLeadingDirections() {
    double[] whole = matrix(at("lowrank:" + (d - 1), all));
    assertEquals(0, Matrices.largestDifference(dense, whole), 1e-6);
    Spectrum spectrum = Spectrum.of(d, dense);
    LowRankCurvature few = LowRankCurvature.of(CurvatureRows.exact(network, theta, batch, all), 6);
    for (int j = 0; j < 6; j++) {
      assertEquals(spectrum.values()[j], few.values()[j], 1e-9);
    }
    double[] matrix = matrix(few);
    assertEquals(trace(d, dense), trace(d, matrix), 1e-7);
    for (int j = 0; j < 6; j++) {
      double[] v = Arrays.copyOfRange(spectrum.vectors(), j * d, (j + 1) * d);
      double[] image = Matrices.product(1, d, d, v, matrix);
      for (int i = 0; i < d; i++) {
        assertEquals(spectrum.values()[j] * v[i], image[i], 1e-7);
      }
    }
  }

  /** The mean over many draws of labels comes to the exact matrix, at the rate of a mean. */
  @Test
  void sampledLabelsGiveGaussNewtonOnAverage() {
    int draws = 400;
    double[] sum = new double[d * d];
    double[] squares = new double[d * d];
    for (int seed = 0; seed < draws; seed++) {
      double[] one =
          Matrices.symmetric(
              d, GaussNewton.dense(CurvatureRows.sampled(network, theta, batch, all, seed)));
      for (int i = 0; i < one.length; i++) {
        sum[i] += one[i];
        squares[i] += one[i] * one[i];
      }
    }
    // 6.5 standard errors at each of 1,849 entries: false alarm below 2e-7.
    for (int i = 0; i < sum.length; i++) {
      double mean = sum[i] / draws;
      double error = Math.sqrt((squares[i] / draws - mean * mean) / draws);
      assertEquals(dense[i], mean, 6.5 * error + 1e-6);
    }
    // The broken twin, labels that ignore the model, is another matrix.
    double[] uniform = new double[d * d];
    SplittableRandom random = new SplittableRandom(5);
    double[] rows = new double[batch.size() * d];
    for (int seed = 0; seed < draws; seed++) {
      double[] labels = random.ints(batch.size(), 0, 3).asDoubleStream().toArray();
      network.perExampleGradients(
          theta, new Batch(batch.size(), 4, batch.features(), labels), rows);
      Blas.addGram(batch.size(), d, rows, uniform);
    }
    double largest = 0;
    for (int i = 0; i < d; i++) {
      double error =
          Math.sqrt((squares[i * d + i] / draws - Math.pow(sum[i * d + i] / draws, 2)) / draws);
      double twin = uniform[i * d + i] / draws / batch.size();
      largest = Math.max(largest, Math.abs(dense[i * d + i] - twin) / (error + 1e-6));
    }
    assertTrue(largest > 20, "the twin must be seen, was " + largest);
  }

  /** Every class is drawn as often, whatever the model holds likely. */
  @Test
  void uniformLabelsGiveTheSecondMomentOverAllClasses() {
    double[] exact = new double[d * d];
    double[] rows = new double[batch.size() * d];
    for (int label = 0; label < 3; label++) {
      double[] labels = new double[batch.size()];
      Arrays.fill(labels, label);
      network.perExampleGradients(
          theta, new Batch(batch.size(), 4, batch.features(), labels), rows);
      Blas.addGram(batch.size(), d, rows, exact);
    }
    int draws = 400;
    double[] sum = new double[d];
    double[] squares = new double[d];
    for (int seed = 0; seed < draws; seed++) {
      double[] one = CurvatureRows.uniform(network, theta, batch, all, seed).meanSquares();
      for (int i = 0; i < d; i++) {
        sum[i] += one[i];
        squares[i] += one[i] * one[i];
      }
    }
    double largest = 0;
    for (int i = 0; i < d; i++) {
      double mean = sum[i] / draws;
      double error = Math.sqrt((squares[i] / draws - mean * mean) / draws);
      // 6.5 standard errors at each of 43 entries: false alarm below 1e-8.
      assertEquals(exact[i * d + i] / 3 / batch.size(), mean, 6.5 * error + 1e-6);
      // The broken twin, labels drawn from the model, is another diagonal.
      largest = Math.max(largest, Math.abs(dense[i * d + i] - mean) / (error + 1e-6));
    }
    assertTrue(largest > 20, "the twin must be seen, was " + largest);
  }

  /** One record and one logit: every block is exactly one Kronecker product. */
  @Test
  void kroneckerFactorsAreExactForOneRecord() {
    ModelFile binary = PublicModels.mlp(4, 2, 5, 7);
    Batch one = PublicModels.batch(1, 4, 2, 8);
    double[] point = binary.parameterValues();
    try (Network net = Network.of(binary)) {
      int size = point.length;
      double[] exact =
          Matrices.symmetric(size, GaussNewton.dense(net, point, one, new IdentitySubspace(size)));
      double largest = Arrays.stream(exact).map(Math::abs).max().orElseThrow();
      for (String choice : List.of("kfac", "ekfac")) {
        Curvature curvature =
            CurvatureChoice.parse(choice).at(net, point, one, new IdentitySubspace(size));
        double[] matrix = matrix(curvature);
        for (ParameterInfo info : net.parameters()) {
          for (int i = info.offset(); i < info.offset() + info.size(); i++) {
            for (int j = info.offset(); j < info.offset() + info.size(); j++) {
              assertEquals(exact[i * size + j], matrix[i * size + j], 1e-5 * largest, choice);
            }
          }
        }
      }
    }
  }

  /** Block traces are the matrix's own, and so are a bias's block and, corrected, the diagonal. */
  @Test
  void kroneckerFactorsKeepTraces() {
    for (Subspace subspace : List.of(all, kronecker(2), kronecker(3))) {
      int k = subspace.dimension();
      double[] projected =
          Matrices.symmetric(
              k, GaussNewton.dense(CurvatureRows.exact(network, theta, batch, subspace)));
      CurvatureRows rows = CurvatureRows.exact(network, theta, batch, subspace);
      KroneckerCurvature corrected = KroneckerCurvature.corrected(rows);
      double[] plain = matrix(KroneckerCurvature.of(rows));
      double[] better = matrix(corrected);
      double total = trace(k, projected);
      assertEquals(total, trace(k, plain), 1e-6 * total);
      assertEquals(total, trace(k, better), 1e-6 * total);
      assertTrue(
          distance(projected, better) <= distance(projected, plain) + 1e-9,
          "the corrected eigenvalues are the best in their basis");
      assertEquals(k, corrected.dimension());
    }
  }

  private static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /** In a Kronecker subspace the factors are the whole ones, seen through U and V. */
  @Test
  void kfacOfASubspaceIsTheProjectedKfac() {
    BlockSubspace subspace = kronecker(2);
    double[] whole = matrix(KroneckerCurvature.of(CurvatureRows.exact(network, theta, batch, all)));
    double[] inside =
        matrix(KroneckerCurvature.of(CurvatureRows.exact(network, theta, batch, subspace)));
    int k = subspace.dimension();
    double[] p = new double[k * d];
    for (int j = 0; j < k; j++) {
      System.arraycopy(subspace.lift(Matrices.unit(k, j)), 0, p, j * d, d);
    }
    double[] projected =
        Matrices.product(
            k, d, k, Matrices.product(k, d, d, p, whole), Matrices.transposed(k, d, p));
    // Proportional block by block: each form matches the trace of its own coordinates.
    int at = 0;
    for (BlockSubspace.Block block : subspace.blocks()) {
      int size = ((BlockSubspace.Reduced) block).part().dimension();
      double ratio = projected[at * k + at] / inside[at * k + at];
      for (int i = at; i < at + size; i++) {
        for (int j = at; j < at + size; j++) {
          assertEquals(projected[i * k + j], ratio * inside[i * k + j], 1e-8);
        }
      }
      at += size;
    }
  }

  /** A record's whitened coordinates, through the pass, are {@code B Pᵀ g}. */
  @Property(tries = 20)
  void whiteningInsideThePassIsWhitening(
      @ForAll @IntRange(min = 1, max = 5) int rank, @ForAll long seed) {
    double[] rows = Matrices.uniform(new SplittableRandom(seed), 2 * d);
    for (Subspace subspace : List.of(all, kronecker(rank))) {
      for (String choice : List.of("dense", "lowrank:3", "kfac", "ekfac", "diagonal")) {
        Whitener whitener = at(choice, subspace).whitener(0.3);
        GradientCoordinates coordinates = whitener.whitening(subspace);
        double[] mapped = new double[2 * coordinates.dimension()];
        coordinates.map().apply(coordinates.reduction().reduce(rows, 2), 2, mapped, 0);
        for (int i = 0; i < 2; i++) {
          double[] projected = subspace.project(Arrays.copyOfRange(rows, i * d, (i + 1) * d), 1);
          double[] expected = whitener.whiten(projected);
          int k = expected.length;
          assertArrayEquals(
              expected, Arrays.copyOfRange(mapped, i * k, (i + 1) * k), 1e-11, choice);
          double[] w = Matrices.uniform(new SplittableRandom(seed + 1), k);
          assertEquals(
              Matrices.dot(expected, w),
              Matrices.dot(projected, whitener.unwhiten(w)),
              1e-10,
              choice);
        }
      }
    }
  }

  @Test
  void descriptionsMakeTheSameWhitener() {
    for (String choice : List.of("dense", "lowrank:3", "kfac", "ekfac", "diagonal")) {
      for (Curvature curvature : List.of(at(choice, all), at(choice, all).leveled(0.5))) {
        Whitener whitener = curvature.whitener(0.2);
        byte[] bytes = whitener.description().bytes();
        Whitener again = Whiteners.of(Description.parse(bytes));
        double[] w = Matrices.uniform(new SplittableRandom(3), d);
        assertArrayEquals(whitener.unwhiten(w), again.unwhiten(w), 0.0, choice);
        assertArrayEquals(whitener.spectrum(), again.spectrum(), 0.0);
        assertArrayEquals(bytes, again.description().bytes());
      }
    }
  }

  /** Runs of before there were units must still be verified. */
  @Test
  void descriptionsWithoutUnitsHaveOneDampingForAll() {
    Whitener whitener = at("kfac", all).whitener(0.2);
    Description now = whitener.description();
    Map<String, double[]> arrays = new HashMap<>(now.arrays());
    assertEquals(0, arrays.remove("units").length);
    Description before = Description.of(now.kind(), now.integers(), arrays, now.parts());
    double[] w = Matrices.uniform(new SplittableRandom(3), d);
    assertArrayEquals(
        whitener.unwhiten(w), Whiteners.of(Description.parse(before.bytes())).unwhiten(w), 0.0);
  }

  @Test
  void effectiveDimensionIsTheTraceOfTheRatio() {
    for (String choice : List.of("dense", "lowrank:3", "kfac", "ekfac", "diagonal")) {
      Curvature curvature = at(choice, all);
      double[] h = matrix(curvature);
      double[] ratio = Spectrum.of(d, h).values();
      double expected = Arrays.stream(ratio).map(v -> v / (v + 0.05)).sum();
      assertEquals(expected, curvature.effectiveDimension(0.05), 1e-6 * d, choice);
      assertEquals(expected, curvature.whitener(0.05).effectiveDimension(), 1e-6 * d, choice);
      assertEquals(trace(d, h) / d, curvature.mean(), 1e-8, choice);
      assertTrue(!curvature.summary().isBlank());
    }
  }

  /** Damping adds to a tensor's block what its own mean curvature asks for, and nothing else. */
  @Test
  void leveledCurvatureIsDampedByEachTensorsMean() {
    double share = 0.75;
    for (String choice : List.of("kfac", "ekfac")) {
      Curvature curvature = at(choice, all);
      Curvature leveled = curvature.leveled(share);
      double[] plain = matrix(curvature);
      double[] damped = matrix(leveled);
      double dimension = 0;
      double largest = 0;
      for (ParameterInfo info : network.parameters()) {
        int size = info.size();
        double[] block = new double[size * size];
        for (int i = 0; i < size; i++) {
          System.arraycopy(plain, (info.offset() + i) * d + info.offset(), block, i * size, size);
        }
        double own = trace(size, block) / size;
        double unit = 1 - share + share * own / curvature.mean();
        largest = Math.max(largest, unit);
        for (int i = info.offset(); i < info.offset() + size; i++) {
          for (int j = 0; j < d; j++) {
            double added = i == j ? 0.1 * (unit - 1) : 0;
            assertEquals(plain[i * d + j] + added, damped[i * d + j], 1e-9, choice);
          }
        }
        for (double h : Spectrum.of(size, block).values()) {
          dimension += h / (h + 0.3 * unit);
        }
      }
      assertTrue(largest > 1.5, "blocks that are all alike show nothing");
      assertEquals(dimension, leveled.effectiveDimension(0.3), 1e-6 * d, choice);
      assertEquals(dimension, leveled.whitener(0.3).effectiveDimension(), 1e-6 * d, choice);
      assertSame(curvature, curvature.leveled(0));
      assertThrows(IllegalStateException.class, () -> leveled.leveled(share));
      for (double bad : new double[] {-0.1, 1, Double.NaN}) {
        assertThrows(IllegalArgumentException.class, () -> curvature.leveled(bad));
      }
    }
    for (String choice : List.of("dense", "lowrank:3", "diagonal")) {
      Curvature curvature = at(choice, all);
      assertSame(curvature, curvature.leveled(share));
    }
  }

  @Test
  void labelsMayBeMadeUp() {
    Batch unlabeled = new Batch(60, 4, batch.features(), new double[60]);
    for (String choice : List.of("dense", "lowrank:3", "kfac", "ekfac", "diagonal")) {
      assertArrayEquals(
          at(choice, all).values(),
          CurvatureChoice.parse(choice).at(network, theta, unlabeled, all).values(),
          0.0,
          choice);
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    Subspace gaussian = new GaussianSubspace(d, 5, 1);
    assertThrows(IllegalArgumentException.class, () -> at("kfac", gaussian));
    for (String bad : List.of("", "dense:3", "lowrank", "lowrank:0", "lowrank:x", "full")) {
      assertThrows(IllegalArgumentException.class, () -> CurvatureChoice.parse(bad), bad);
    }
  }
}
