package org.quietune.model;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.quietune.model.RowOperator.Binary;
import org.quietune.model.RowOperator.Multiply;
import org.quietune.model.RowOperator.Slot;
import org.quietune.model.RowOperator.Unary;
import org.quietune.model.RowOperator.Where;

/**
 * The differentiable form of a {@link ModelFile} in plain Java, one record at a time: logits and
 * the exact gradient of the cross-entropy loss, for logistic regression and multilayer perceptrons.
 *
 * <p>Definition: θ, the logits and the loss are those of {@link Network}. Use {@code Network}
 * (libtorch, float32, batches) for public data, this class for private data. Here arithmetic is in
 * double, θ is not rounded, and inputs are widened from float; both agree to float32's precision,
 * unless an intermediate value leaves float32's range.
 *
 * <p>Guarantee: a record's results are a function of θ, the file, the record's features and its
 * label, to the last bit. No other record, neither its number, place or presence, nor the thread,
 * the number of calls before or the state of just-in-time compilation can change them. Why: each
 * call handles one record, by a sequence of operations that the file fixes; every value is written
 * before it is read, and every sum has one order. Since Java 17 each such operation is one strict
 * IEEE 754 operation, rounded to nearest (JLS §15.4, §4.2.4); a compiler may not contract or
 * reorder them, and may use vector instructions only where the bits stay the same. exp, log and
 * tanh come from {@link StrictMath}, which fixes their bits by fdlibm. One exception: which of the
 * bit patterns of NaN a NaN has is left open by the platform (JLS §4.2.3); compare NaN as one
 * value, by {@link Double#isNaN}.
 *
 * <p>Edge cases: non-finite inputs never throw; without clamping in the file they may give NaN. A
 * label that is no class index gives a NaN gradient for what the loss reaches, as in {@code
 * Network}. At a tie, Max and Min share the gradient; Relu's at 0 is 0.
 *
 * <p>Supported operators: Add, Div, Gemm, Identity, IsNaN, MatMul, Max, Min, Mul, Relu, Sigmoid,
 * Sub, Tanh, Where; Sigmoid, Softmax or LogSoftmax at the end. Constants may be scalars or one
 * value per column.
 *
 * <p>Threads: a network and its passes are immutable; a {@link Workspace} belongs to one thread.
 * The time of a call may depend on the values.
 */
public final class RowwiseNetwork {
  private static final Map<String, Unary.UnaryFunction> UNARY =
      Map.of(
          "IsNaN", Unary.UnaryFunction.IS_NAN,
          "Relu", Unary.UnaryFunction.RELU,
          "Sigmoid", Unary.UnaryFunction.SIGMOID,
          "Tanh", Unary.UnaryFunction.TANH);
  private static final Map<String, Binary.BinaryFunction> BINARY =
      Map.of(
          "Add", Binary.BinaryFunction.ADD,
          "Div", Binary.BinaryFunction.DIV,
          "Max", Binary.BinaryFunction.MAX,
          "Min", Binary.BinaryFunction.MIN,
          "Mul", Binary.BinaryFunction.MUL,
          "Sub", Binary.BinaryFunction.SUB);
  private static final Set<String> SUPPORTED =
      Set.of(
          "Add",
          "Div",
          "Gemm",
          "Identity",
          "IsNaN",
          "MatMul",
          "Max",
          "Min",
          "Mul",
          "Relu",
          "Sigmoid",
          "Sub",
          "Tanh",
          "Where");

  private final Graph graph;
  private final Parameters parameters;
  private final List<Slot> slots = new ArrayList<>();
  private final Map<String, Slot> byName = new HashMap<>();
  private final Map<Slot, double[]> constants = new HashMap<>();
  private final List<Bias> biases = new ArrayList<>();
  private final List<Multiply> products = new ArrayList<>();
  private final List<RowOperator> operators = new ArrayList<>();
  private final List<RowOperator> trainedOperators = new ArrayList<>();
  private final Slot input;
  private final Slot logits;
  private final CrossEntropy crossEntropy;

  /** A trained bias and the slot that holds it. */
  private record Bias(ParameterInfo parameter, Slot slot) {}

  private RowwiseNetwork(ModelFile file) {
    graph = file.graph();
    parameters = file.trainable();
    Operators.requireOpset(graph);
    for (NodeProto node : graph.nodes()) {
      if (!Graph.isStandard(node.getDomain()) || !SUPPORTED.contains(node.getOpType())) {
        throw Operators.unsupported(node, graph, SUPPORTED);
      }
    }
    parameters.requireTrainable();
    input = slot(file.inputWidth(), false, false);
    byName.put(graph.inputName(), input);
    Map<String, String> lastUses = new HashMap<>();
    for (NodeProto node : graph.nodes()) {
      if (isProduct(node) && node.getInputCount() > 1) {
        lastUses.put(node.getInput(1), node.getOutput(0));
      }
    }
    for (NodeProto node : graph.nodes()) {
      byName.put(node.getOutput(0), add(node, lastUses));
    }
    Slot output = byName.get(graph.logits());
    if (output == null || output.logical()) {
      throw new InvalidModelException(
          graph.source(), "its output must have shape [N, 1] or [N, classes]");
    }
    logits = output;
    graph.requireLogits(outputs(), file.classes());
    crossEntropy = new CrossEntropy(outputs());
  }

  /**
   * The row-by-row form of a file.
   *
   * @throws InvalidModelException when an operator is not supported (naming it and its node),
   *     nothing is trainable, or the output is neither one logit nor one per class
   */
  public static RowwiseNetwork of(ModelFile file) {
    return new RowwiseNetwork(file);
  }

  /** Length of θ, d. */
  public int parameterCount() {
    return parameters.count();
  }

  /** The trainable tensors, in θ's order. */
  public List<ParameterInfo> parameters() {
    return parameters.list();
  }

  /** Number of input columns. */
  public int inputWidth() {
    return input.width();
  }

  /** Number of logits: 1 for two classes with one output, else K. */
  public int outputs() {
    return logits.width();
  }

  /** Number of classes, K. */
  public int classes() {
    return Math.max(2, outputs());
  }

  /**
   * This network at one θ, which is copied.
   *
   * @param theta public parameters, in the order of {@link #parameters()}
   * @throws IllegalArgumentException when θ has another length
   */
  public Pass pass(double[] theta) {
    if (theta.length != parameters.count()) {
      throw new IllegalArgumentException(
          "theta must hold " + parameters.count() + " values, held " + theta.length);
    }
    return new Pass(theta);
  }

  /** A network at one θ. Immutable; may be shared by threads. */
  public final class Pass {
    private final double[][] fixed = new double[slots.size()][0];
    private final List<RowMemory.Weight> weights = new ArrayList<>();

    private Pass(double[] theta) {
      constants.forEach((slot, values) -> fixed[slot.index()] = values);
      for (Bias bias : biases) {
        int from = bias.parameter().offset();
        fixed[bias.slot().index()] = Arrays.copyOfRange(theta, from, from + bias.slot().width());
      }
      for (Multiply product : products) {
        double[][] stored = rows(product.weight(), theta);
        double[][] turned = transpose(stored);
        weights.add(
            product.transposed()
                ? new RowMemory.Weight(turned, stored)
                : new RowMemory.Weight(stored, turned));
      }
    }

    /** Memory for one thread; a few values per unit of the network. */
    public Workspace workspace() {
      return new Workspace(new RowMemory(slots, fixed, weights));
    }

    private static double[][] rows(ParameterInfo weight, double[] theta) {
      int columns = weight.shape().get(1);
      double[][] rows = new double[weight.shape().get(0)][];
      for (int i = 0; i < rows.length; i++) {
        int from = weight.offset() + i * columns;
        rows[i] = Arrays.copyOfRange(theta, from, from + columns);
      }
      return rows;
    }

    private static double[][] transpose(double[][] rows) {
      double[][] turned = new double[rows[0].length][rows.length];
      for (int i = 0; i < rows.length; i++) {
        for (int j = 0; j < turned.length; j++) {
          turned[j][i] = rows[i][j];
        }
      }
      return turned;
    }
  }

  /**
   * Runs one record at a time at one θ. For one thread at a time; allocates nothing per record.
   * What it ran before never shows in a result.
   *
   * <p>Every method throws IndexOutOfBoundsException, before it writes, when a range leaves its
   * array.
   */
  public final class Workspace {
    private final RowMemory memory;
    private final double[] residual = new double[outputs()];

    private Workspace(RowMemory memory) {
      this.memory = memory;
    }

    /**
     * Writes the logits of one record.
     *
     * @param features holds the record's {@link #inputWidth} raw columns from {@code offset} on
     * @param offset index of the first column
     * @param out receives {@link #outputs} values
     * @param outOffset where to write the first
     */
    public void logits(float[] features, int offset, double[] out, int outOffset) {
      Objects.checkFromIndexSize(offset, inputWidth(), features.length);
      Objects.checkFromIndexSize(outOffset, outputs(), out.length);
      forward(features, offset);
      System.arraycopy(memory.value(logits), 0, out, outOffset, outputs());
    }

    /**
     * Writes the gradient of one record's loss.
     *
     * @param features holds the record's {@link #inputWidth} raw columns from {@code offset} on
     * @param offset index of the first column
     * @param label the class index
     * @param out receives {@link #parameterCount} values; each is overwritten
     * @param outOffset where to write the first
     */
    public void gradient(float[] features, int offset, double label, double[] out, int outOffset) {
      Objects.checkFromIndexSize(offset, inputWidth(), features.length);
      Objects.checkFromIndexSize(outOffset, parameterCount(), out.length);
      forward(features, offset);
      backward(label, out, outOffset);
    }

    /**
     * Writes the gradient of one record's loss, and its logits, at the cost of the gradient alone.
     *
     * @param features holds the record's {@link #inputWidth} raw columns from {@code offset} on
     * @param offset index of the first column
     * @param label the class index
     * @param out receives {@link #parameterCount} values; each is overwritten
     * @param outOffset where to write the first
     * @param logitsOut receives {@link #outputs} values; another array than {@code out}
     * @param logitsOffset where to write the first
     */
    public void gradient(
        float[] features,
        int offset,
        double label,
        double[] out,
        int outOffset,
        double[] logitsOut,
        int logitsOffset) {
      Objects.checkFromIndexSize(outOffset, parameterCount(), out.length);
      logits(features, offset, logitsOut, logitsOffset);
      backward(label, out, outOffset);
    }

    private void forward(float[] features, int offset) {
      double[] x = memory.value(input);
      for (int j = 0; j < x.length; j++) {
        x[j] = features[offset + j];
      }
      for (int i = 0; i < operators.size(); i++) {
        operators.get(i).forward(memory);
      }
    }

    private void backward(double label, double[] out, int outOffset) {
      memory.startBackward(out, outOffset);
      crossEntropy.gradient(memory.value(logits), 0, label, 1, residual);
      System.arraycopy(residual, 0, memory.adjoint(logits), 0, residual.length);
      for (int i = trainedOperators.size() - 1; i >= 0; i--) {
        trainedOperators.get(i).backward(memory);
      }
      memory.endBackward();
      for (int i = 0; i < biases.size(); i++) {
        Bias bias = biases.get(i);
        double[] adjoint = memory.adjoint(bias.slot());
        System.arraycopy(adjoint, 0, out, outOffset + bias.parameter().offset(), adjoint.length);
      }
    }
  }

  private static boolean isProduct(NodeProto node) {
    return node.getOpType().equals("Gemm") || node.getOpType().equals("MatMul");
  }

  private Slot add(NodeProto node, Map<String, String> lastUses) {
    if (isProduct(node)) {
      return product(node, lastUses);
    }
    String type = node.getOpType();
    if (type.equals("Identity")) {
      return operand(node, 0);
    }
    if (type.equals("Where")) {
      Slot condition = operand(node, 0);
      if (!condition.logical()) {
        throw graph.unsupported(node, "the condition must be computed by IsNaN");
      }
      Slot yes = number(node, 1);
      Slot no = number(node, 2);
      Slot output = result(node, condition, yes, no);
      return append(new Where(condition, yes, no, output), output);
    }
    Unary.UnaryFunction unary = UNARY.get(type);
    if (unary != null) {
      Slot x = number(node, 0);
      boolean logical = unary == Unary.UnaryFunction.IS_NAN;
      Slot output = slot(x.width(), x.trained() && !logical, logical);
      return append(new Unary(unary, x, output), output);
    }
    Binary.BinaryFunction binary = Objects.requireNonNull(BINARY.get(type));
    // Max and Min fold any number of inputs; the others have two.
    boolean folds = binary == Binary.BinaryFunction.MAX || binary == Binary.BinaryFunction.MIN;
    int inputs = folds ? node.getInputCount() : 2;
    Slot folded = number(node, 0);
    for (int i = 1; i < inputs; i++) {
      folded = combine(node, binary, folded, number(node, i));
    }
    return folded;
  }

  private Slot product(NodeProto node, Map<String, String> lastUses) {
    Product product = Product.of(node, graph);
    ParameterInfo weight = parameters.find(node.getInput(1));
    if (weight == null) {
      throw graph.unsupported(node, "must multiply computed rows by a float matrix");
    }
    Slot activation = number(node, 0);
    int inputs = weight.shape().get(product.transposed() ? 1 : 0);
    int outputs = weight.shape().get(product.transposed() ? 0 : 1);
    if (activation.width() != inputs || outputs < 1) {
      throw graph.unsupported(
          node, "weight " + weight.shape() + " does not fit " + activation.width() + " columns");
    }
    boolean last = node.getOutput(0).equals(lastUses.get(weight.name()));
    Slot output = slot(outputs, true, false);
    Multiply multiply =
        new Multiply(weight, products.size(), product.transposed(), last, activation, output);
    products.add(multiply);
    Slot sum = append(multiply, output);
    if (product.alpha() != 1) {
      sum = combine(node, Binary.BinaryFunction.MUL, sum, scalar(product.alpha()));
    }
    if (node.getInputCount() > 2 && !node.getInput(2).isEmpty()) {
      Slot addend = number(node, 2);
      if (product.beta() != 1) {
        addend = combine(node, Binary.BinaryFunction.MUL, addend, scalar(product.beta()));
      }
      sum = combine(node, Binary.BinaryFunction.ADD, sum, addend);
      if (sum.width() != outputs) {
        throw graph.unsupported(node, "input 2 is wider than the product");
      }
    }
    return sum;
  }

  private Slot combine(NodeProto node, Binary.BinaryFunction function, Slot left, Slot right) {
    Slot output = result(node, left, right);
    return append(new Binary(function, left, right, output), output);
  }

  private Slot append(RowOperator operator, Slot output) {
    operators.add(operator);
    if (output.trained()) {
      trainedOperators.add(operator);
    }
    return output;
  }

  /** A slot for what a node computes elementwise from inputs of one width, or one column. */
  private Slot result(NodeProto node, Slot... inputs) {
    int width = 1;
    boolean trained = false;
    for (Slot slot : inputs) {
      width = Math.max(width, slot.width());
      trained |= slot.trained();
    }
    for (Slot slot : inputs) {
      if (slot.width() != width && slot.width() != 1) {
        throw graph.unsupported(
            node, "cannot combine " + slot.width() + " columns with " + width + " columns");
      }
    }
    return slot(width, trained, false);
  }

  private Slot number(NodeProto node, int index) {
    Slot slot = operand(node, index);
    if (slot.logical()) {
      throw graph.unsupported(node, "input " + index + " must be numbers, not truth values");
    }
    return slot;
  }

  private Slot operand(NodeProto node, int index) {
    String name = index < node.getInputCount() ? node.getInput(index) : "";
    Slot known = byName.get(name);
    if (known != null) {
      return known;
    }
    TensorProto initializer = graph.initializer(name);
    if (initializer == null) {
      throw graph.unsupported(node, "input " + index + " is missing");
    }
    List<Integer> shape = Graph.shape(initializer);
    int width = shape.isEmpty() ? 1 : shape.get(shape.size() - 1);
    if (width < 1 || shape.size() > 2 || (shape.size() == 2 && shape.get(0) != 1)) {
      throw graph.unsupported(
          node, "constant '" + name + "' must be a scalar or one value per column");
    }
    ParameterInfo bias = parameters.find(name);
    Slot slot;
    if (bias == null) {
      slot = constant(graph.floats(initializer));
    } else if (bias.role() == ParameterInfo.Role.BIAS) {
      slot = slot(width, true, false);
      biases.add(new Bias(bias, slot));
    } else {
      throw graph.unsupported(node, "also reads the trainable '" + name + "': not supported");
    }
    byName.put(name, slot);
    return slot;
  }

  private Slot scalar(double value) {
    Slot slot = slot(1, false, false);
    constants.put(slot, new double[] {value});
    return slot;
  }

  private Slot constant(float[] values) {
    Slot slot = slot(values.length, false, false);
    double[] widened = new double[values.length];
    for (int j = 0; j < values.length; j++) {
      widened[j] = values[j];
    }
    constants.put(slot, widened);
    return slot;
  }

  private Slot slot(int width, boolean trained, boolean logical) {
    Slot slot = new Slot(slots.size(), width, trained, logical);
    slots.add(slot);
    return slot;
  }
}
