package org.quietune.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
import org.quietune.geometry.Subspace;
import org.quietune.model.Activation;
import org.quietune.model.Batch;
import org.quietune.model.FrozenPrefix;
import org.quietune.model.GradientReduction;
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

  private static final int PIXELS = 784;
  private static final int CLASSES = 10;

  /** As many as automatic QEM takes at most. */
  private static final int VIEWS = 8;

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
  private RowwiseNetwork.Workspace plain = plain(file("mlp"));
  private PieceSum kronecker = PieceSum.none();
  private PieceSum whitened = kronecker;
  private PieceSum whitenedOnLattice = kronecker;
  private PieceSum whitenedInside = kronecker;
  private RowwiseNetwork.Workspace whitenedMeans = plain;
  private List<List<float[]>> views = List.of();
  private PieceSum head = kronecker;

  private static RowwiseNetwork.Workspace plain(ModelFile file) {
    return RowwiseNetwork.of(file).pass(file.parameterValues()).workspace();
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
    plain = plain(file);
    kronecker = PieceSum.of(rowwise, theta, sides.reduction());
    GradientReduction kfac = kfac(all);
    whitened = PieceSum.of(rowwise, theta, kfac);
    whitenedMeans = rowwise.pass(theta, kfac).workspace();
    views =
        IntStream.range(0, RECORDS / VIEWS)
            .mapToObj(
                record ->
                    IntStream.range(record * VIEWS, (record + 1) * VIEWS)
                        .mapToObj(view -> batch.slice(view, view + 1).features())
                        .toList())
            .toList();
    whitenedOnLattice = whitened.onLattice();
    whitenedInside = PieceSum.of(rowwise, theta, kfac(sides));
    try (FrozenPrefix prefix = FrozenPrefix.split(file.training(TrainableSelection.head()))) {
      features = prefix.features(batch);
      ModelFile tail = prefix.tail();
      head =
          PieceSum.of(
              RowwiseNetwork.of(tail),
              tail.parameterValues(),
              new IdentitySubspace(tail.parameterCount()).reduction());
    }
  }

  private GradientReduction kfac(Subspace subspace) {
    GradientCoordinates coordinates =
        CurvatureChoice.parse("kfac")
            .at(network, theta, batch, subspace)
            .whitener(0.01)
            .whitening(subspace);
    if (!coordinates.map().isIdentity()) {
      throw new IllegalStateException("K-FAC whitens by a reduction alone");
    }
    return coordinates.reduction();
  }

  @TearDown
  public void close() {
    network.close();
  }

  /** The sum of gradients, as one would train without privacy in mind. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] plainGradients() {
    double[] gradient = new double[theta.length];
    double[] sum = new double[gradient.length];
    for (int i = 0; i < RECORDS; i++) {
      plain.gradient(batch.features(), i * batch.width(), batch.labels()[i], gradient, 0);
      for (int j = 0; j < sum.length; j++) {
        sum[j] += gradient[j];
      }
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] kroneckerClipped() {
    return kronecker.of(batch);
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] kfacWhitenedClipped() {
    return whitened.of(batch);
  }

  /** With all that the door does to a vector. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] kfacWhitenedOnLattice() {
    return whitenedOnLattice.of(batch);
  }

  /** Means over eight views of a record, before a clip, per view. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] kfacWhitenedMeans() {
    int k = theta.length;
    double[] means = new double[views.size() * k];
    whitenedMeans.inBlock(
        () -> {
          for (int i = 0; i < views.size(); i++) {
            whitenedMeans.meanGradient(views.get(i), batch.labels()[i], means, i * k);
          }
        });
    return means;
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] kroneckerKfacWhitenedClipped() {
    return whitenedInside.of(batch);
  }

  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] headOnCachedFeaturesClipped() {
    return head.of(features);
  }

  /** The other engine's batch gradient, in float32: for orientation. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public double[] libtorchBatchGradient() {
    return network.meanGradient(theta, batch);
  }
}
