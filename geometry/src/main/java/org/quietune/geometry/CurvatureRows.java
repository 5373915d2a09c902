package org.quietune.geometry;

import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.quietune.model.Batch;
import org.quietune.model.Network;
import org.quietune.model.RowwiseNetwork;

/**
 * Public rows r with {@code (1/N) Σ r rᵀ ≈ PᵀHP}, H the Gauss–Newton matrix of the loss: per record
 * either one row for each output, exactly {@code Jᵀ Λ^{½}} ({@link GaussNewton}), or one gradient
 * at a label drawn from the model (the Fisher matrix, which equals Gauss–Newton on average; Martens
 * 2020). The records' own labels play a part with class weights and Huber's loss only, and may be
 * missing (NaN) there too ({@link OutputHessian}).
 *
 * <p>Rows are computed a chunk at a time; memory does not depend on the number of records. In a
 * subspace with a reduction no gradient of all parameters is made.
 */
public final class CurvatureRows {
  private static final int LARGEST_CHUNK = 256;
  private static final int CHUNK_VALUES = 1 << 23;

  /** Records of one thread that share a block. */
  private static final int BLOCK = 8;

  private final Network network;
  private final double[] theta;
  private final Batch records;
  private final Subspace subspace;
  private final Labels labels;
  private final long seed;
  private final OutputHessian hessian;

  /** What a record's rows stand for. */
  private enum Labels {
    /** A row for each logit: no labels. */
    NONE,
    /** A row at one label, drawn from the model. */
    MODEL,
    /** A row at one label, each class as likely. */
    UNIFORM
  }

  private CurvatureRows(
      Network network, double[] theta, Batch records, Subspace subspace, Labels labels, long seed) {
    this.network = network;
    this.theta = theta;
    this.records = records;
    this.subspace = subspace;
    this.labels = labels;
    this.seed = seed;
    this.hessian = new OutputHessian(network.objective());
  }

  /** One row for each logit of each record: no sampling. */
  public static CurvatureRows exact(
      Network network, double[] theta, Batch publicData, Subspace subspace) {
    return new CurvatureRows(network, theta, publicData, subspace, Labels.NONE, 0);
  }

  /**
   * One row for each record, at a label drawn from the model's own probabilities.
   *
   * @param seed of the labels; public
   */
  public static CurvatureRows sampled(
      Network network, double[] theta, Batch publicData, Subspace subspace, long seed) {
    return new CurvatureRows(network, theta, publicData, subspace, Labels.MODEL, seed);
  }

  /**
   * One row for each record, at a label drawn with equal chances: the second moment of gradients
   * where the model's own probabilities are no guide to the labels, as after a shift. It is no
   * Gauss–Newton matrix; where the model is sure of itself it is far larger.
   *
   * @param seed of the labels; public
   */
  public static CurvatureRows uniform(
      Network network, double[] theta, Batch publicData, Subspace subspace, long seed) {
    return new CurvatureRows(network, theta, publicData, subspace, Labels.UNIFORM, seed);
  }

  Network network() {
    return network;
  }

  double[] theta() {
    return theta;
  }

  Subspace subspace() {
    return subspace;
  }

  /** The same rows in another subspace. */
  CurvatureRows in(Subspace other) {
    return new CurvatureRows(network, theta, records, other, labels, seed);
  }

  /** Number of records, N. */
  int records() {
    return records.size();
  }

  /** Number of rows. */
  int rows() {
    return records.size() * rowsPerRecord();
  }

  private int rowsPerRecord() {
    return labels == Labels.NONE ? network.outputs() : 1;
  }

  String summary() {
    String rows =
        switch (labels) {
          case NONE -> "exact, ";
          case MODEL -> "labels drawn from the model, ";
          case UNIFORM -> "labels drawn uniformly, ";
        };
    return rows + records.size() + " public records";
  }

  /**
   * Gives all rows to a consumer, chunk by chunk.
   *
   * @param consumer of row-major {@code count × subspace.dimension()} and the count
   */
  void forEach(ObjIntConsumer<double[]> consumer) {
    int width = subspace.reduction().dimension();
    int perRecord = rowsPerRecord();
    int chunk = Math.max(1, Math.min(LARGEST_CHUNK, CHUNK_VALUES / width / perRecord));
    RowwiseNetwork.Pass pass = null;
    if (!subspace.reduction().isWhole()) {
      pass = network.rowByRow().pass(theta, subspace.reduction());
    }
    for (int from = 0; from < records.size(); from += chunk) {
      Batch part = records.slice(from, Math.min(from + chunk, records.size()));
      double[] rows = pass == null ? byBatch(part, from) : byRecord(pass, part, from);
      int count = part.size() * perRecord;
      consumer.accept(subspace.projectReduced(rows, count), count);
    }
  }

  /** On libtorch, all parameters. */
  private double[] byBatch(Batch part, int from) {
    if (labels == Labels.NONE) {
      return GaussNewton.weightedJacobian(network, theta, part);
    }
    if (labels == Labels.MODEL) {
      return GaussNewton.sampledRows(
          network, theta, part, hessian, new SeededStream(seed, 4), from);
    }
    double[] drawn = new double[part.size()];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = uniformLabel(from + i);
    }
    double[] rows = new double[part.size() * network.parameterCount()];
    network.perExampleGradients(
        theta, new Batch(part.size(), part.width(), part.features(), drawn), rows);
    return rows;
  }

  /** In Java, reduced inside the backward pass; the records share the machine's threads. */
  private double[] byRecord(RowwiseNetwork.Pass pass, Batch part, int from) {
    int width = pass.gradientLength();
    int perRecord = rowsPerRecord();
    double[] rows = new double[part.size() * perRecord * width];
    int threads = Math.min(part.size(), Runtime.getRuntime().availableProcessors());
    IntStream.range(0, threads)
        .parallel()
        .forEach(
            thread -> {
              RowwiseNetwork.Workspace workspace = pass.workspace();
              int first = part.size() * thread / threads;
              int last = part.size() * (thread + 1) / threads;
              for (int block = first; block < last; block += BLOCK) {
                int start = block;
                int end = Math.min(block + BLOCK, last);
                workspace.inBlock(
                    () -> {
                      for (int i = start; i < end; i++) {
                        seeds(
                            workspace,
                            part,
                            i,
                            from,
                            (seed, row) -> workspace.backward(seed, rows, row * width),
                            i * perRecord);
                      }
                    });
              }
            });
    return rows;
  }

  /** Takes what a backward pass starts from. */
  interface Seeds {
    void accept(double[] seed, int row);
  }

  /** Runs one record forward and hands out what its backward passes start from. */
  void seeds(
      RowwiseNetwork.Workspace workspace, Batch part, int i, int from, Seeds seeds, int firstRow) {
    int outputs = network.outputs();
    double[] logits = new double[outputs];
    workspace.logits(part.features(), i * part.width(), logits, 0);
    double[] p = hessian.probabilities(logits, 0, outputs);
    double factor = hessian.factor(logits, 0, p, part.labels()[i]);
    if (labels == Labels.MODEL) {
      seeds.accept(hessian.sampledRow(p, factor, new SeededStream(seed, 4), from + i), firstRow);
    } else if (labels == Labels.UNIFORM) {
      int label = uniformLabel(from + i);
      double[] seedOfLabel = LogitHessian.residual(p, label);
      for (int c = 0; c < outputs; c++) {
        seedOfLabel[c] *= hessian.weight(label);
      }
      seeds.accept(seedOfLabel, firstRow);
    } else {
      for (int c = 0; c < outputs; c++) {
        seeds.accept(hessian.rootRow(p, c, factor), firstRow + c);
      }
    }
  }

  /** All records with their numbers, for passes of another kind. */
  Batch batch() {
    return records;
  }

  private int uniformLabel(int record) {
    double u = new SeededStream(seed, 4).uniform(record);
    return (int) (u * Math.max(2, network.outputs()));
  }

  /** {@code (1/N) Σ r_j²}, the diagonal. */
  double[] meanSquares() {
    int k = subspace.dimension();
    double[] squares = new double[k];
    double[] row = new double[k];
    forEach(
        (rows, count) -> {
          for (int r = 0; r < count; r++) {
            System.arraycopy(rows, r * k, row, 0, k);
            for (int j = 0; j < k; j++) {
              squares[j] += row[j] * row[j];
            }
          }
        });
    for (int j = 0; j < k; j++) {
      squares[j] /= records.size();
    }
    return squares;
  }
}
