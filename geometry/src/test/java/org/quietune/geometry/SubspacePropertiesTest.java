package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.quietune.model.Batch;
import org.quietune.model.GradientReduction;
import org.quietune.model.ModeBasis;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.ParameterInfo;
import org.quietune.model.RowwiseNetwork;

/** What every subspace promises, and what each kind claims beyond it. */
class SubspacePropertiesTest {
  private static final int TRIES = 30;

  /** The shapes of a small network. */
  private static List<ParameterInfo> parameters(SplittableRandom random) {
    List<ParameterInfo> infos = new ArrayList<>();
    int offset = 0;
    for (int i = 0; i < 3; i++) {
      List<Integer> shape =
          switch (random.nextInt(4)) {
            case 0 -> List.of(1 + random.nextInt(9));
            case 1 -> List.of(1 + random.nextInt(3), 1 + random.nextInt(3), 1 + random.nextInt(4));
            default -> List.of(1 + random.nextInt(9), 1 + random.nextInt(9));
          };
      infos.add(new ParameterInfo("p" + i, shape, offset, ParameterInfo.Role.WEIGHT));
      offset += infos.get(i).size();
    }
    return infos;
  }

  private static List<Subspace> all(int d, int k, long seed, SplittableRandom random) {
    List<ParameterInfo> infos = parameters(random);
    ParameterInfo last = infos.get(2);
    double[] theta = Matrices.uniform(random, last.offset() + last.size());
    int rank = 1 + random.nextInt(4);
    List<Subspace> all = new ArrayList<>();
    all.add(new IdentitySubspace(d));
    all.add(new GaussianSubspace(d, k, seed));
    all.add(new GaussianSubspace(d, k, seed, false));
    all.add(new HadamardSubspace(d, k, seed));
    for (BlockSubspace.Sides sides : BlockSubspace.Sides.values()) {
      all.add(BlockSubspace.kronecker(infos, theta, rank, sides, seed));
    }
    List<BlockSubspace.Block> mixed = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int size = infos.get(i).size();
      int some = 1 + random.nextInt(size);
      mixed.add(
          switch (i) {
            case 0 -> new BlockSubspace.Projected(new GaussianSubspace(size, some, seed));
            case 1 -> new BlockSubspace.Projected(new HadamardSubspace(size, some, seed));
            default -> new BlockSubspace.Reduced(new GradientReduction.Whole(size));
          });
    }
    all.add(BlockSubspace.of(mixed));
    return all;
  }

  /** {@code ⟨Pz, g⟩ = ⟨z, Pᵀg⟩}, and Pᵀ in two parts is Pᵀ. */
  @Property(tries = TRIES)
  void projectIsTheAdjointOfLift(
      @ForAll @IntRange(min = 1, max = 70) int d,
      @ForAll @IntRange(max = 69) int less,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (Subspace subspace : all(d, Math.max(1, d - less), seed, random)) {
      int k = subspace.dimension();
      int ambient = subspace.ambientDimension();
      double[] rows = Matrices.uniform(random, 3 * ambient);
      double[] projected = subspace.project(rows, 3);
      double[] mapped = new double[3 * k];
      subspace.coordinates().apply(subspace.reduction().reduce(rows, 3), 3, mapped, 0);
      assertArrayEquals(projected, mapped, 1e-12, subspace.summary());
      double[] z = Matrices.uniform(random, k);
      double[] lifted = subspace.lift(z);
      for (int i = 0; i < 3; i++) {
        double[] g = Arrays.copyOfRange(rows, i * ambient, (i + 1) * ambient);
        double[] pg = Arrays.copyOfRange(projected, i * k, (i + 1) * k);
        assertEquals(
            Matrices.dot(lifted, g),
            Matrices.dot(z, pg),
            1e-12 * (k + ambient),
            subspace.summary());
      }
      double[] root = Matrices.uniform(random, k * k);
      double[] rooted = new double[3 * k];
      subspace.times(root).apply(subspace.reduction().reduce(rows, 3), 3, rooted, 0);
      assertArrayEquals(
          Matrices.product(3, k, k, projected, Matrices.transposed(k, k, root)), rooted, 1e-11 * k);
      assertTrue(subspace.memoryBytes() >= 0 && subspace.flops() >= 0);
      assertTrue(subspace.summary().contains("k = " + k), subspace.summary());
    }
  }

  /** A record's coordinates have the same bits alone and among others. */
  @Property(tries = TRIES)
  void aRowStandsForItself(@ForAll @IntRange(min = 1, max = 70) int d, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (Subspace subspace : all(d, 1 + d / 2, seed, random)) {
      int width = subspace.reduction().dimension();
      double[] rows = Matrices.uniform(random, 4 * width);
      double[] together = new double[4 * subspace.dimension()];
      subspace.coordinates().apply(rows, 4, together, 0);
      double[] alone = new double[subspace.dimension()];
      for (int i = 0; i < 4; i++) {
        subspace
            .coordinates()
            .apply(Arrays.copyOfRange(rows, i * width, (i + 1) * width), 1, alone, 0);
        assertArrayEquals(
            Arrays.copyOfRange(together, i * alone.length, (i + 1) * alone.length), alone, 0.0);
      }
    }
  }

  /** A description, written and read, makes the same bits. */
  @Property(tries = TRIES)
  void descriptionsMakeTheSameSubspace(
      @ForAll @IntRange(min = 1, max = 40) int d, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (Subspace subspace : all(d, 1 + d / 2, seed, random)) {
      byte[] bytes = subspace.description().bytes();
      Subspace again = Subspaces.of(Description.parse(bytes));
      double[] z = Matrices.uniform(random, subspace.dimension());
      assertArrayEquals(subspace.lift(z), again.lift(z), 0.0);
      assertArrayEquals(bytes, again.description().bytes());
      int cut = random.nextInt(bytes.length);
      assertThrows(
          IllegalArgumentException.class, () -> Description.parse(Arrays.copyOf(bytes, cut)));
    }
  }

  @Property(tries = TRIES)
  void kroneckerAndFullHadamardAreOrthonormal(
      @ForAll @IntRange(max = 6) int log, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<ParameterInfo> infos = parameters(random);
    double[] theta = Matrices.uniform(random, infos.get(2).offset() + infos.get(2).size());
    List<Subspace> orthonormal = new ArrayList<>();
    orthonormal.add(new HadamardSubspace(1 << log, 1 + random.nextInt(1 << log), seed));
    for (BlockSubspace.Sides sides : BlockSubspace.Sides.values()) {
      orthonormal.add(BlockSubspace.kronecker(infos, theta, 1 + random.nextInt(5), sides, seed));
    }
    for (Subspace subspace : orthonormal) {
      int k = subspace.dimension();
      double[] z = Matrices.uniform(random, k);
      assertArrayEquals(z, subspace.project(subspace.lift(z), 1), 1e-12, subspace.summary());
    }
  }

  /** Columns of a padded transform have unit norm, if not right angles. */
  @Property(tries = TRIES)
  void hadamardColumnsHaveUnitNorm(@ForAll @IntRange(min = 1, max = 90) int d, @ForAll long seed) {
    HadamardSubspace subspace = new HadamardSubspace(d, 1 + d / 3, seed);
    for (int j = 0; j < subspace.dimension(); j++) {
      double[] column = subspace.lift(Matrices.unit(subspace.dimension(), j));
      assertEquals(1, Matrices.dot(column, column), 1e-12);
    }
  }

  /** Rows are drawn alike whether they are kept or not. */
  @Test
  void aGaussianSubspaceIsTheSameStoredAndDrawnAgain() {
    GaussianSubspace stored = new GaussianSubspace(37, 9, 5);
    GaussianSubspace drawn = new GaussianSubspace(37, 9, 5, false);
    double[] z = Matrices.uniform(new SplittableRandom(1), 9);
    assertArrayEquals(stored.lift(z), drawn.lift(z), 0.0);
    double[] g = Matrices.uniform(new SplittableRandom(2), 37);
    assertArrayEquals(stored.project(g, 1), drawn.project(g, 1), 0.0);
    assertEquals(0, drawn.memoryBytes());
  }

  /**
   * Entries have mean 0 and variance 1/d: over 400,000 of them the mean square is within 6 standard
   * deviations of its expectation (false alarm 2e-9), which a variance 3 % too large is not.
   */
  @Test
  void gaussianEntriesHaveTheirVariance() {
    int d = 4000;
    int k = 100;
    GaussianSubspace subspace = new GaussianSubspace(d, k, 3);
    double sum = 0;
    double squares = 0;
    for (int j = 0; j < k; j++) {
      for (double entry : subspace.lift(Matrices.unit(k, j))) {
        sum += entry * Math.sqrt(d);
        squares += entry * entry * d;
      }
    }
    double n = (double) d * k;
    assertEquals(0, sum / n, 6 / Math.sqrt(n));
    assertEquals(1, squares / n, 6 * Math.sqrt(2 / n));
    assertTrue(Math.abs(1.03 * squares / n - 1) > 6 * Math.sqrt(2 / n), "the test has power");
  }

  /** Golden bits: what a seed means may never change, on any machine. */
  @Test
  void aSeedMeansTheSameEverywhere() {
    SeededStream stream = new SeededStream(1, 1);
    double[] normals = new double[3];
    stream.normals(0, normals, 0, 3);
    // The same formula in another language (Python) gives these digits.
    double[] golden = {0.3981124425303617, 1.899347925326, 0.28038448769513513};
    assertArrayEquals(golden, normals, 0.0);
  }

  @Test
  void singularSidesFindTheWeightsOwnDirections() {
    SplittableRandom random = new SplittableRandom(9);
    int rows = 12;
    int columns = 9;
    double[] left = Matrices.uniform(random, rows * 2);
    double[] right = Matrices.uniform(random, 2 * columns);
    double[] weight = Matrices.product(rows, 2, columns, left, right);
    List<ParameterInfo> infos =
        List.of(new ParameterInfo("w", List.of(rows, columns), 0, ParameterInfo.Role.WEIGHT));
    Subspace svd = BlockSubspace.kronecker(infos, weight, 2, BlockSubspace.Sides.SINGULAR, 1);
    assertArrayEquals(weight, svd.lift(svd.project(weight, 1)), 1e-9, "a matrix of rank 2");
    Subspace other = BlockSubspace.kronecker(infos, weight, 2, BlockSubspace.Sides.RANDOM, 1);
    double[] lost = other.lift(other.project(weight, 1));
    assertTrue(Matrices.largestDifference(weight, lost) > 0.1, "random sides lose most of it");
  }

  /** Through a real network: reduced inside the pass, or projected afterwards. */
  @Test
  void kroneckerGradientsOfANetworkAreItsProjectedGradients() {
    ModelFile model = PublicModels.mlp(5, 3, 7, 1);
    double[] theta = model.parameterValues();
    RowwiseNetwork network = RowwiseNetwork.of(model);
    Batch batch = PublicModels.batch(4, 5, 3, 2);
    Subspace subspace =
        BlockSubspace.kronecker(network.parameters(), theta, 3, BlockSubspace.Sides.RANDOM, 4);
    RowwiseNetwork.Workspace inside = network.pass(theta, subspace.reduction()).workspace();
    RowwiseNetwork.Workspace whole = network.pass(theta).workspace();
    for (int i = 0; i < batch.size(); i++) {
      double[] reduced = new double[subspace.dimension()];
      double[] full = new double[theta.length];
      inside.gradient(batch.features(), 5 * i, batch.labels()[i], reduced, 0);
      whole.gradient(batch.features(), 5 * i, batch.labels()[i], full, 0);
      assertArrayEquals(subspace.project(full, 1), reduced, 1e-13);
    }
  }

  @Test
  void choicesAreReadAndMade() {
    ModelFile model = PublicModels.mlp(5, 3, 7, 1);
    double[] theta = model.parameterValues();
    Batch batch = PublicModels.batch(20, 5, 3, 2);
    try (Network network = Network.of(model)) {
      for (String text :
          List.of(
              "identity",
              "kronecker:2",
              "kronecker-svd:2",
              "gaussian:6",
              "srht:6",
              "principal:6")) {
        Subspace subspace = SubspaceChoice.parse(text).on(network, theta, batch);
        assertEquals(theta.length, subspace.ambientDimension(), text);
        if (text.endsWith(":6")) {
          assertEquals(6, subspace.dimension(), text);
        }
      }
      assertEquals(
          theta.length,
          SubspaceChoice.parse("gaussian:999999").on(network, theta, batch).dimension());
    }
    for (String bad :
        List.of("", "kronecker", "gaussian:", "srht:x", "principal:0", "identity:3", "pca:3")) {
      assertThrows(IllegalArgumentException.class, () -> SubspaceChoice.parse(bad), bad);
    }
  }

  @Test
  void refusesWrongSizes() {
    assertThrows(IllegalArgumentException.class, () -> new GaussianSubspace(3, 4, 1));
    assertThrows(IllegalArgumentException.class, () -> new HadamardSubspace(3, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new ModeBasis(2, 3, new double[5]));
    assertThrows(
        IllegalArgumentException.class,
        () -> Subspaces.of(Description.of("unknown", java.util.Map.of())));
  }
}
