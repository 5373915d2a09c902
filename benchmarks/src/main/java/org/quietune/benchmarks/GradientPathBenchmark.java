package org.quietune.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.quietune.geometry.BlockSubspace;
import org.quietune.geometry.CurvatureChoice;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.geometry.IdentitySubspace;
import org.quietune.geometry.RowMap;
import org.quietune.geometry.Subspace;
import org.quietune.model.Activation;
import org.quietune.model.Batch;
import org.quietune.model.FrozenPrefix;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.Preprocessing;
import org.quietune.model.RowwiseNetwork;
import org.quietune.model.TrainableSelection;

/**
 * One pass over records on one thread: plain gradients added up, against clipped per-record
 * gradients in a Kronecker subspace, whitened by K-FAC, and of the head on cached features. The
 * ratio of the times is what counts.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
public class GradientPathBenchmark {
  static final int RECORDS = 64;

  /** Records that share a block, and their values, as in the fine-tuning pass. */
  private static final int LARGEST_BLOCK = 8;

  private static final int BLOCK_VALUES = 1 << 20;

  private static final int PIXELS = 784;
  private static final int CLASSES = 10;

  /** cnn: 28 × 28, 26,010 parameters; mlp: 784-256-10. */
  @Param({"cnn", "mlp"})
  public String model = "mlp";

  /** Of both sides of every weight. */
  @Param("16")
  public int rank = 16;

  private Network network = Network.of(file("mlp"));
  private double[] theta = {};
  private Batch batch = records();
  private Batch features = batch;
  private Path plain = Path.none();
  private Path kronecker = plain;
  private Path whitened = plain;
  private Path whitenedInside = plain;
  private Path head = plain;

  /** A network at one point, and where its gradients go. */
  private record Path(RowwiseNetwork.Workspace workspace, int reduced, RowMap map) {
    static Path none() {
      ModelFile file = file("mlp");
      RowwiseNetwork.Pass pass = RowwiseNetwork.of(file).pass(file.parameterValues());
      return new Path(
          pass.workspace(), pass.gradientLength(), RowMap.scaling(pass.gradientLength(), 1));
    }

    static Path of(RowwiseNetwork network, double[] theta, GradientCoordinates coordinates) {
      RowwiseNetwork.Pass pass = network.pass(theta, coordinates.reduction());
      return new Path(pass.workspace(), pass.gradientLength(), coordinates.map());
    }
  }

  static ModelFile file(String name) {
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < PIXELS; i++) {
      columns.add("p" + i);
    }
    float[] zeros = new float[PIXELS];
    float[] ones = new float[PIXELS];
    Arrays.fill(ones, 1);
    Preprocessing plain = new Preprocessing(zeros, zeros, ones, zeros, ones);
    return name.equals("cnn")
        ? ModelFile.cnn(columns, plain, 28, CLASSES, 1)
        : ModelFile.mlp(columns, plain, CLASSES, List.of(256), 1, Activation.RELU);
  }

  private static Batch records() {
    SplittableRandom random = new SplittableRandom(1);
    float[] features = new float[RECORDS * PIXELS];
    double[] labels = new double[RECORDS];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextDouble();
    }
    for (int i = 0; i < RECORDS; i++) {
      labels[i] = random.nextInt(CLASSES);
    }
    return new Batch(RECORDS, PIXELS, features, labels);
  }

  @Setup
  public void prepare() {
    ModelFile file = file(model);
    network.close();
    network = Network.of(file);
    theta = file.parameterValues();
    RowwiseNetwork rowwise = RowwiseNetwork.of(file);
    Subspace all = new IdentitySubspace(theta.length);
    Subspace sides =
        BlockSubspace.kronecker(rowwise.parameters(), theta, rank, BlockSubspace.Sides.RANDOM, 1);
    plain = Path.of(rowwise, theta, new GradientCoordinates(all.reduction(), all.coordinates()));
    kronecker =
        Path.of(rowwise, theta, new GradientCoordinates(sides.reduction(), sides.coordinates()));
    whitened =
        Path.of(
            rowwise,
            theta,
            CurvatureChoice.parse("kfac")
                .at(network, theta, batch, all)
                .whitener(0.01)
                .whitening(all));
    whitenedInside =
        Path.of(
            rowwise,
            theta,
            CurvatureChoice.parse("kfac")
                .at(network, theta, batch, sides)
                .whitener(0.01)
                .whitening(sides));
    try (FrozenPrefix prefix = FrozenPrefix.split(file.training(TrainableSelection.head()))) {
      features = prefix.features(batch);
      ModelFile tail = prefix.tail();
      Subspace last = new IdentitySubspace(tail.parameterCount());
      head =
          Path.of(
              RowwiseNetwork.of(tail),
              tail.parameterValues(),
              new GradientCoordinates(last.reduction(), last.coordinates()));
    }
  }

  @TearDown
  public void close() {
    network.close();
  }

  /** The sum of gradients, as one would train without privacy in mind. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] plainGradients() {
    double[] gradient = new double[plain.reduced()];
    double[] sum = new double[gradient.length];
    for (int i = 0; i < RECORDS; i++) {
      plain
          .workspace()
          .gradient(batch.features(), i * batch.width(), batch.labels()[i], gradient, 0);
      for (int j = 0; j < sum.length; j++) {
        sum[j] += gradient[j];
      }
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] kroneckerClipped() {
    return clippedSum(kronecker, batch);
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] kfacWhitenedClipped() {
    return clippedSum(whitened, batch);
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] kroneckerKfacWhitenedClipped() {
    return clippedSum(whitenedInside, batch);
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] headOnCachedFeaturesClipped() {
    return clippedSum(head, features);
  }

  /** The other engine's batch gradient, in float32: for orientation. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] libtorchBatchGradient() {
    return network.meanGradient(theta, batch);
  }

  private static double[] clippedSum(Path path, Batch batch) {
    int d = path.reduced();
    int k = path.map().dimension();
    boolean direct = path.map().isIdentity();
    // An array for each record of a block, so that loops over it and the sum share one index.
    int block = Math.min(LARGEST_BLOCK, BLOCK_VALUES / k);
    double[][] reduced = new double[block][d];
    double[] vector = new double[direct ? 0 : k];
    double[] sum = new double[k];
    for (int from = 0; from < RECORDS; from += block) {
      int first = from;
      int count = Math.min(block, RECORDS - from);
      path.workspace()
          .inBlock(
              () -> {
                for (int i = 0; i < count; i++) {
                  int record = first + i;
                  path.workspace()
                      .gradient(
                          batch.features(),
                          record * batch.width(),
                          batch.labels()[record],
                          reduced[i],
                          0);
                }
              });
      for (int i = 0; i < count; i++) {
        if (direct) {
          addClipped(reduced[i], sum);
        } else {
          path.map().apply(reduced[i], 1, vector, 0);
          addClipped(vector, sum);
        }
      }
    }
    return sum;
  }

  private static void addClipped(double[] vector, double[] sum) {
    double scale = Math.min(1, 1 / Math.sqrt(squaredNorm(vector)));
    for (int j = 0; j < sum.length; j++) {
      sum[j] += scale * vector[j];
    }
  }

  /** By eight sums side by side: a single one would wait for each of its additions. */
  private static double squaredNorm(double[] v) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    double e = 0;
    double f = 0;
    double g = 0;
    double h = 0;
    int j = 0;
    for (; j + 7 < v.length; j += 8) {
      a += v[j] * v[j];
      b += v[j + 1] * v[j + 1];
      c += v[j + 2] * v[j + 2];
      d += v[j + 3] * v[j + 3];
      e += v[j + 4] * v[j + 4];
      f += v[j + 5] * v[j + 5];
      g += v[j + 6] * v[j + 6];
      h += v[j + 7] * v[j + 7];
    }
    for (; j < v.length; j++) {
      a += v[j] * v[j];
    }
    return a + b + c + d + e + f + g + h;
  }
}
