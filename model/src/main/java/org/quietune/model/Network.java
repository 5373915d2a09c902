package org.quietune.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The differentiable form of a {@link ModelFile}, on libtorch in float32: logits, cross-entropy
 * loss, and exact gradients per record.
 *
 * <p>θ is the flat parameter vector in the order of {@link ModelFile#parameters()}, given with
 * every call; the network itself holds only the graph and its frozen constants. Loss: see {@link
 * Loss}; cross-entropy starts from the logits before the file's final Sigmoid, Softmax or
 * LogSoftmax (or from the output itself when it has none).
 *
 * <p>Per-record gradients: every trained tensor enters the pass as one copy per record (of the same
 * memory), so that one backward pass gives each record its own gradient, whatever the layer.
 * Weights of linear layers stay one tensor: with the layer's input a and the gradient b of its
 * output, a record's gradient is the product of a and b (Goodfellow 2015), formed in double.
 *
 * <p>Non-finite inputs never throw. A file without clamping may turn them into NaN gradients for
 * their own record; they never touch another record's. The time of a call does not depend on the
 * values.
 *
 * <p>Threads: all methods may be called concurrently on one instance; {@link #close} only when no
 * call is running. Each call works on its own thread unless {@link #setThreads} allows more. Bits
 * repeat for the same batch on the same CPU type; another batch size can change a result by
 * rounding.
 */
@SuppressWarnings("try") // a pointer scope works by being open
public final class Network implements AutoCloseable {
  /** Largest number of floats in the gradients of the records that are computed together. */
  private static final int CHUNK = 1 << 24;

  private final ModelFile file;
  private final Graph graph;
  private final Parameters parameters;
  private final Precision precision;
  private final Program program;
  private final Map<Value, Tensor> constants = new HashMap<>();
  private final double[] initialParameters;
  private final int outputs;
  private final Loss loss;
  private final LossFunction lossFunction;
  private volatile boolean closed;

  private Network(ModelFile file, Loss loss, Precision precision) {
    this.file = file;
    this.graph = file.graph();
    this.parameters = file.trainable();
    this.precision = precision;
    this.initialParameters = file.parameterValues();
    this.program = GraphCompiler.compile(graph, parameters);
    this.outputs = program.output().size();
    this.loss = loss;
    this.lossFunction = loss.on(file, outputs);
    Libtorch.ensureLoaded();
    try {
      loadConstants();
      rehearse();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * The differentiable form of a file, with the loss that it was read with.
   *
   * @throws InvalidModelException when an operator is not supported (naming it and its node),
   *     nothing is trainable, or the output is neither one logit nor one per class
   * @throws IllegalStateException when this platform has no native libtorch
   */
  public static Network of(ModelFile file) {
    return of(file, file.loss());
  }

  /**
   * The differentiable form of a file with another loss.
   *
   * @throws InvalidModelException also when the loss does not fit the outputs
   * @throws IllegalStateException when this platform has no native libtorch
   */
  public static Network of(ModelFile file, Loss loss) {
    return new Network(file, loss, Precision.FLOAT32);
  }

  /** The same network record by record in plain Java, with the same loss. */
  public RowwiseNetwork rowByRow() {
    return RowwiseNetwork.of(file, loss);
  }

  /** The same network in float64, for convergence to many digits on public data and for oracles. */
  Network inDoublePrecision() {
    return new Network(file, loss, Precision.FLOAT64);
  }

  /**
   * Threads that one operation may use, for the whole process. The default is 1: parallelism
   * belongs to the callers.
   *
   * @param threads at least 1
   */
  public static void setThreads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, was " + threads);
    }
    Libtorch.setThreads(threads);
  }

  /** Length of θ. */
  public int parameterCount() {
    return parameters.count();
  }

  /** θ as the file held it. */
  public double[] parameterValues() {
    return initialParameters.clone();
  }

  /** The trainable tensors, in θ's order. */
  public List<ParameterInfo> parameters() {
    return parameters.list();
  }

  /** What training minimizes. */
  public Loss objective() {
    return loss;
  }

  /** Number of input columns. */
  public int inputWidth() {
    return program.inputWidth();
  }

  /** Number of classes, K. */
  public int classes() {
    return Math.max(2, outputs);
  }

  /** Number of logits: 1 for two classes with one output, else K. */
  public int outputs() {
    return outputs;
  }

  /** The logits, row-major n × outputs. */
  public double[] logits(double[] theta, Batch batch) {
    requireUsable(theta, batch);
    try (PointerScope scope = new PointerScope()) {
      TensorRun run = start(batch);
      run.setParameters(theta, 1, false);
      return precision.values(run.finish());
    }
  }

  /** The mean loss over the batch. */
  public double loss(double[] theta, Batch batch) {
    return meanLoss(logits(theta, batch), batch.labels());
  }

  /** The gradient of the mean loss over the batch, length d. */
  public double[] meanGradient(double[] theta, Batch batch) {
    requireUsable(theta, batch);
    double[] gradient = new double[parameters.count()];
    try (PointerScope scope = new PointerScope()) {
      lossAndGradient(start(batch), theta, batch.labels(), gradient);
    }
    return gradient;
  }

  /**
   * The gradient of each record's loss.
   *
   * @param out receives row-major n × d; every element is overwritten
   */
  public void perExampleGradients(double[] theta, Batch batch, double[] out) {
    requireUsable(theta, batch);
    requireLength(out, (long) batch.size() * parameters.count());
    for (int from = 0; from < batch.size(); from += chunk()) {
      Batch part = batch.slice(from, Math.min(batch.size(), from + chunk()));
      try (PointerScope scope = new PointerScope()) {
        TensorRun run = start(part);
        run.setParameters(theta, part.size(), true);
        double[] z = precision.values(run.finish());
        double[] seed = lossGradient(z, part.labels(), 1);
        run.gradients(seed, false, out, from, 1, 0);
      }
    }
  }

  /**
   * The gradient of each logit of each record.
   *
   * @param out receives row-major n × outputs × d; every element is overwritten
   */
  public void perExampleJacobians(double[] theta, Batch batch, double[] out) {
    requireUsable(theta, batch);
    requireLength(out, (long) batch.size() * outputs * parameters.count());
    for (int from = 0; from < batch.size(); from += chunk()) {
      Batch part = batch.slice(from, Math.min(batch.size(), from + chunk()));
      try (PointerScope scope = new PointerScope()) {
        TensorRun run = start(part);
        run.setParameters(theta, part.size(), true);
        run.finish();
        for (int output = 0; output < outputs; output++) {
          double[] seed = new double[part.size() * outputs];
          for (int row = 0; row < part.size(); row++) {
            seed[row * outputs + output] = 1;
          }
          run.gradients(seed, output < outputs - 1, out, from, outputs, output);
        }
      }
    }
  }

  /** Frees the native constants. Further calls throw IllegalStateException. */
  @Override
  public void close() {
    closed = true;
    constants.values().forEach(Tensor::close);
    constants.clear();
  }

  /** Whether the logits are linear in θ, which makes the loss convex. */
  public boolean isLinear() {
    long weights =
        parameters.list().stream().filter(p -> p.role() == ParameterInfo.Role.WEIGHT).count();
    return weights == 1 && program.differentiable().stream().allMatch(Operation::isAffine);
  }

  /** The batch with everything computed once that does not depend on θ. */
  Bound bind(Batch batch) {
    return new Bound(batch);
  }

  /**
   * A batch whose frozen part of the graph has been computed, for many evaluations at different θ.
   * Holds native memory for one standardized copy of the features until closed.
   */
  final class Bound implements AutoCloseable {
    private final Map<Value, Tensor> values = new HashMap<>();
    private final double[] labels;

    private Bound(Batch batch) {
      requireUsable(initialParameters, batch);
      labels = batch.labels().clone();
      try (PointerScope scope = new PointerScope()) {
        TensorRun run = start(batch);
        for (Operation operation : program.trained()) {
          for (Value value : operation.inputs()) {
            if (value.perRecord() && !value.dependsOnTheta() && !values.containsKey(value)) {
              Tensor kept = run.get(value).clone();
              kept.retainReference();
              values.put(value, kept);
            }
          }
        }
      }
    }

    double loss(double[] theta) {
      try (PointerScope scope = new PointerScope()) {
        TensorRun run = again();
        run.setParameters(theta, 1, false);
        return meanLoss(precision.values(run.finish()), labels);
      }
    }

    /** Returns the mean loss and overwrites {@code gradient} with its gradient. */
    double lossAndGradient(double[] theta, double[] gradient) {
      try (PointerScope scope = new PointerScope()) {
        return Network.this.lossAndGradient(again(), theta, labels, gradient);
      }
    }

    @Override
    public void close() {
      values.values().forEach(Tensor::close);
      values.clear();
    }

    private TensorRun again() {
      TensorRun run = new TensorRun(program, precision, constants);
      run.set(values);
      return run;
    }
  }

  private void loadConstants() {
    for (Value value : program.constants()) {
      try (PointerScope scope = new PointerScope()) {
        Tensor constant = TensorRun.constant(value, precision);
        constant.retainReference();
        constants.put(value, constant);
      }
    }
  }

  /**
   * Runs two rows of zeros forward and backward, so that a file that cannot run is refused here and
   * not in the middle of a job.
   */
  private void rehearse() {
    int width = program.inputWidth();
    Batch zeros = new Batch(2, width, new float[2 * width], new double[2]);
    try (PointerScope scope = new PointerScope()) {
      TensorRun run = start(zeros);
      run.setParameters(initialParameters, 1, true);
      Tensor logits = run.finish();
      if (logits.numel() != 2L * outputs) {
        throw new InvalidModelException(
            graph.source(), "its output must have shape [N, 1] or [N, classes]");
      }
      run.gradients(new double[2 * outputs], false, new double[parameters.count()], 0, 1, 0);
    } catch (InvalidModelException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new InvalidModelException(graph.source(), "libtorch cannot run it", e);
    }
  }

  /** The frozen part of the graph, run on a batch: every value that does not depend on θ. */
  private TensorRun start(Batch batch) {
    TensorRun run = new TensorRun(program, precision, constants);
    run.setInputs(batch);
    run.run(program.frozen());
    return run;
  }

  private int chunk() {
    return Math.max(1, CHUNK / parameters.count());
  }

  /** Overwrites {@code gradient} with that of the mean loss, and returns the mean loss. */
  private double lossAndGradient(
      TensorRun run, double[] theta, double[] labels, double[] gradient) {
    run.setParameters(theta, 1, true);
    double[] z = precision.values(run.finish());
    run.gradients(lossGradient(z, labels, 1.0 / labels.length), false, gradient, 0, 1, 0);
    return meanLoss(z, labels);
  }

  private double meanLoss(double[] logits, double[] labels) {
    double sum = 0;
    for (int row = 0; row < labels.length; row++) {
      sum += lossFunction.loss(logits, row, labels[row]);
    }
    return sum / labels.length;
  }

  private double[] lossGradient(double[] logits, double[] labels, double weight) {
    double[] gradient = new double[logits.length];
    for (int row = 0; row < labels.length; row++) {
      lossFunction.gradient(logits, row, labels[row], weight, gradient);
    }
    return gradient;
  }

  private void requireUsable(double[] theta, Batch batch) {
    if (closed) {
      throw new IllegalStateException("this network is closed");
    }
    if (theta.length != parameters.count()) {
      throw new IllegalArgumentException(
          "theta must hold " + parameters.count() + " values, held " + theta.length);
    }
    if (batch.width() != inputWidth()) {
      throw InvalidModelException.wrongWidth(graph.source(), inputWidth(), batch.width());
    }
  }

  private static void requireLength(double[] out, long needed) {
    if (out.length != needed) {
      throw new IllegalArgumentException("out must hold " + needed + " values, held " + out.length);
    }
  }
}
