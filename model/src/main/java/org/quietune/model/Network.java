package org.quietune.model;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The differentiable form of a {@link ModelFile}, on libtorch in float32: logits, cross-entropy
 * loss, and exact gradients per record.
 *
 * <p>θ is the flat parameter vector in the order of {@link ModelFile#parameters()}, given with
 * every call; the network itself holds only the graph and its frozen constants. Loss: binary
 * cross-entropy for one output, softmax cross-entropy for K, from the logits before the file's
 * final Sigmoid, Softmax or LogSoftmax (or from the output itself when it has none).
 *
 * <p>Per-record gradients: one backward pass asks for the gradient b of every trained layer's
 * output; with the layer's input a, a record's gradient of the weights is the outer product of a
 * and b (Goodfellow 2015). Products are formed in double from float32 factors, so their only
 * rounding is that of the passes.
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
  private final ModelFile file;
  private final Graph graph;
  private final Parameters parameters;
  private final Precision precision;
  private final List<Step> frozenSteps = new ArrayList<>();
  private final List<Step> trainedSteps = new ArrayList<>();
  private final Map<String, Tensor> constants = new HashMap<>();
  private final double[] initialParameters;
  private final int inputWidth;
  private final int outputs;
  private final CrossEntropy crossEntropy;
  private volatile boolean closed;

  /** A node and what it computes. */
  private record Step(NodeProto node, Operator operator) {}

  private Network(ModelFile file, Precision precision) {
    this.file = file;
    this.graph = file.graph();
    this.parameters = file.trainable();
    this.precision = precision;
    this.initialParameters = file.parameterValues();
    this.inputWidth = file.inputWidth();
    Operators.requireOpset(graph);
    orderSteps();
    parameters.requireTrainable();
    Libtorch.ensureLoaded();
    try {
      loadConstants();
      this.outputs = rehearse();
      this.crossEntropy = new CrossEntropy(outputs);
      graph.requireLogits(outputs, file.classes());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * The differentiable form of a file.
   *
   * @throws InvalidModelException when an operator is not supported (naming it and its node),
   *     nothing is trainable, or the output is neither one logit nor one per class
   * @throws IllegalStateException when this platform has no native libtorch
   */
  public static Network of(ModelFile file) {
    return new Network(file, Precision.FLOAT32);
  }

  /** The same network in float64, for convergence to many digits on public data and for oracles. */
  Network inDoublePrecision() {
    return new Network(file, Precision.FLOAT64);
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

  /** Number of input columns. */
  public int inputWidth() {
    return inputWidth;
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
      return precision.values(forward(theta, input(batch), Tape.off(parameters)));
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
      lossAndGradient(theta, input(batch), batch.labels(), 1.0 / batch.size(), gradient);
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
    try (PointerScope scope = new PointerScope()) {
      Tape tape = Tape.recording(parameters);
      Tensor logits = forward(theta, input(batch), tape);
      double[] seed = lossGradient(precision.values(logits), batch.labels(), 1);
      write(rules(tape), backward(logits, seed, tape, false), batch.size(), 1, 0, out);
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
    try (PointerScope scope = new PointerScope()) {
      Tape tape = Tape.recording(parameters);
      Tensor logits = forward(theta, input(batch), tape);
      List<Tap.Rule> rules = rules(tape);
      for (int output = 0; output < outputs; output++) {
        double[] seed = new double[batch.size() * outputs];
        for (int row = 0; row < batch.size(); row++) {
          seed[row * outputs + output] = 1;
        }
        List<Tensor> gradients = backward(logits, seed, tape, output < outputs - 1);
        write(rules, gradients, batch.size(), outputs, output, out);
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

  /** Whether one trained weight leads to the logits, which makes the loss convex in θ. */
  boolean isLinear() {
    return parameters.list().stream().filter(p -> p.role() == ParameterInfo.Role.WEIGHT).count()
        == 1;
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
    private final Map<String, Tensor> values = new HashMap<>();
    private final double[] labels;

    private Bound(Batch batch) {
      requireUsable(initialParameters, batch);
      labels = batch.labels().clone();
      Set<String> needed = new HashSet<>();
      trainedSteps.forEach(step -> needed.addAll(step.node().getInputList()));
      try (PointerScope scope = new PointerScope()) {
        Map<String, Tensor> all = input(batch);
        for (String name : needed) {
          Tensor value = all.get(name);
          if (value != null && !constants.containsKey(name)) {
            Tensor kept = value.clone();
            kept.retainReference();
            values.put(name, kept);
          }
        }
      }
    }

    double loss(double[] theta) {
      try (PointerScope scope = new PointerScope()) {
        return meanLoss(precision.values(forward(theta, start(), Tape.off(parameters))), labels);
      }
    }

    /** Returns the mean loss and overwrites {@code gradient} with its gradient. */
    double lossAndGradient(double[] theta, double[] gradient) {
      Arrays.fill(gradient, 0);
      try (PointerScope scope = new PointerScope()) {
        return Network.this.lossAndGradient(theta, start(), labels, 1.0 / labels.length, gradient);
      }
    }

    @Override
    public void close() {
      values.values().forEach(Tensor::close);
      values.clear();
    }

    private Map<String, Tensor> start() {
      Map<String, Tensor> start = new HashMap<>(constants);
      start.putAll(values);
      return start;
    }
  }

  private void orderSteps() {
    Set<String> dependsOnTheta = new HashSet<>();
    parameters.list().forEach(parameter -> dependsOnTheta.add(parameter.name()));
    for (NodeProto node : graph.nodes()) {
      Step step = new Step(node, Operators.of(node, graph));
      if (node.getInputList().stream().anyMatch(dependsOnTheta::contains)) {
        dependsOnTheta.addAll(node.getOutputList());
        trainedSteps.add(step);
      } else {
        frozenSteps.add(step);
      }
    }
  }

  private void loadConstants() {
    for (NodeProto node : graph.nodes()) {
      for (String name : node.getInputList()) {
        TensorProto initializer = graph.initializer(name);
        if (initializer == null || parameters.find(name) != null || constants.containsKey(name)) {
          continue;
        }
        float[] values = graph.floats(initializer);
        long[] shape = initializer.getDimsList().stream().mapToLong(Long::longValue).toArray();
        try (PointerScope scope = new PointerScope()) {
          Tensor constant = precision.tensor(values, shape).clone();
          constant.retainReference();
          constants.put(name, constant);
        }
      }
    }
  }

  /**
   * Runs two rows of zeros forward and backward, so that a file that cannot run is refused here and
   * not in the middle of a job, and returns the number of logits.
   */
  private int rehearse() {
    Batch zeros = new Batch(2, inputWidth, new float[2 * inputWidth], new double[2]);
    try (PointerScope scope = new PointerScope()) {
      Tape tape = Tape.recording(parameters);
      Tensor logits = forward(initialParameters, input(zeros), tape);
      if (logits.dim() != 2 || logits.size(0) != 2 || logits.size(1) < 1) {
        throw new InvalidModelException(
            graph.source(), "its output must have shape [N, 1] or [N, classes]");
      }
      int width = Math.toIntExact(logits.size(1));
      for (Tap tap : tape.taps()) {
        if (tap.output().dim() != 2 || tap.output().size(0) != 2) {
          throw new InvalidModelException(
              graph.source(), "the output of every trained layer must have shape [N, columns]");
        }
      }
      backward(logits, new double[2 * width], tape, false);
      return width;
    }
  }

  /** The frozen part of the graph, run on a batch: every value that does not depend on θ. */
  private Map<String, Tensor> input(Batch batch) {
    Map<String, Tensor> values = new HashMap<>(constants);
    values.put(graph.inputName(), precision.tensor(batch.features(), batch.size(), batch.width()));
    run(frozenSteps, values, Tape.off(parameters));
    return values;
  }

  /** The part of the graph that depends on θ, run on what {@link #input} computed. */
  private Tensor forward(double[] theta, Map<String, Tensor> values, Tape tape) {
    Tensor flat = precision.tensor(theta, theta.length);
    for (ParameterInfo parameter : parameters.list()) {
      long[] shape = parameter.shape().stream().mapToLong(Integer::longValue).toArray();
      values.put(
          parameter.name(), flat.narrow(0, parameter.offset(), parameter.size()).view(shape));
    }
    run(trainedSteps, values, tape);
    Tensor logits = values.get(graph.logits());
    if (logits == null) {
      throw new IllegalStateException("the logits were not computed");
    }
    return logits;
  }

  private void run(List<Step> steps, Map<String, Tensor> values, Tape tape) {
    for (Step step : steps) {
      Call call = new Call(step.node(), graph, values, tape);
      Tensor result;
      try {
        result = step.operator().apply(call);
      } catch (InvalidModelException e) {
        throw e;
      } catch (RuntimeException e) {
        throw new InvalidModelException(
            graph.source(),
            Graph.describe(step.node()) + " cannot run on inputs of these shapes and types",
            e);
      }
      values.put(step.node().getOutput(0), result);
    }
  }

  /** The gradient of Σ seed · logits with respect to the output of every tap. */
  private List<Tensor> backward(Tensor logits, double[] seed, Tape tape, boolean again) {
    TensorVector tapped = new TensorVector();
    tape.taps().forEach(tap -> tapped.push_back(tap.output()));
    Tensor seedTensor = precision.tensor(seed, logits.size(0), logits.size(1));
    TensorVector gradients =
        torch.grad(
            new TensorVector(logits),
            tapped,
            new TensorVector(seedTensor),
            new BoolOptional(again),
            false,
            false);
    List<Tensor> list = new ArrayList<>();
    for (int i = 0; i < tape.taps().size(); i++) {
      list.add(gradients.get(i));
    }
    return list;
  }

  private List<Tap.Rule> rules(Tape tape) {
    return tape.taps().stream().map(tap -> tap.rule(precision)).toList();
  }

  /**
   * Writes one gradient of length d per record, at {@code slot} of {@code slots} within the record.
   */
  private void write(
      List<Tap.Rule> rules, List<Tensor> gradients, int size, int slots, int slot, double[] out) {
    int d = parameters.count();
    List<double[]> outputGradients = gradients.stream().map(precision::values).toList();
    for (int record = 0; record < size; record++) {
      int start = (record * slots + slot) * d;
      Arrays.fill(out, start, start + d, 0);
      for (int i = 0; i < rules.size(); i++) {
        rules.get(i).addRecord(outputGradients.get(i), record, out, start);
      }
    }
  }

  /** Adds weight × Σ gradient to {@code gradient} and returns the mean loss. */
  private double lossAndGradient(
      double[] theta,
      Map<String, Tensor> values,
      double[] labels,
      double weight,
      double[] gradient) {
    Tape tape = Tape.recording(parameters);
    Tensor logits = forward(theta, values, tape);
    double[] z = precision.values(logits);
    List<Tensor> gradients = backward(logits, lossGradient(z, labels, weight), tape, false);
    for (int i = 0; i < gradients.size(); i++) {
      tape.taps().get(i).addSum(precision, gradients.get(i), gradient);
    }
    return meanLoss(z, labels);
  }

  private double meanLoss(double[] logits, double[] labels) {
    double sum = 0;
    for (int row = 0; row < labels.length; row++) {
      sum += crossEntropy.loss(logits, row, labels[row]);
    }
    return sum / labels.length;
  }

  private double[] lossGradient(double[] logits, double[] labels, double weight) {
    double[] gradient = new double[logits.length];
    for (int row = 0; row < labels.length; row++) {
      crossEntropy.gradient(logits, row, labels[row], weight, gradient);
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
    if (batch.width() != inputWidth) {
      throw InvalidModelException.wrongWidth(graph.source(), inputWidth, batch.width());
    }
  }

  private static void requireLength(double[] out, long needed) {
    if (out.length != needed) {
      throw new IllegalArgumentException("out must hold " + needed + " values, held " + out.length);
    }
  }
}
