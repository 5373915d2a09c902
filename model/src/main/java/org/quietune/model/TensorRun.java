package org.quietune.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * One pass of a {@link Program} over a batch on libtorch. Everything it makes lives until the
 * enclosing pointer scope closes.
 */
final class TensorRun {
  private final Program program;
  private final Precision precision;
  private final Map<Value, Tensor> values;
  private final List<Leaf> leaves = new ArrayList<>();
  private final List<Tap> taps = new ArrayList<>();
  private final Set<Value> tapped = new HashSet<>();

  /** A trained tensor that libtorch differentiates. */
  private record Leaf(ParameterInfo info, Tensor tensor) {}

  /** A use of a linear layer's weight, whose gradient per record is formed here. */
  private record Tap(MatrixProduct product, Tensor activation, Tensor output) {}

  TensorRun(Program program, Precision precision, Map<Value, Tensor> constants) {
    this.program = program;
    this.precision = precision;
    this.values = new HashMap<>(constants);
  }

  /** A constant in the type that libtorch's operators expect, as one record for all. */
  static Tensor constant(Value value, Precision precision) {
    Tensor flat = precision.tensor(value.fixedEntries(), value.size());
    return typed(TensorInputs.reshaped(flat.unsqueeze(0), value.shape().dims()), value.type())
        .clone();
  }

  private static Tensor typed(Tensor tensor, Value.Type type) {
    return switch (type) {
      case FLOAT -> tensor;
      case INT -> tensor.to(torch.ScalarType.Long);
      case BOOL -> torch.ne(tensor, new Scalar(0.0));
    };
  }

  Tensor get(Value value) {
    Tensor tensor = values.get(value);
    if (tensor == null) {
      throw new IllegalStateException("a value was not computed");
    }
    return tensor;
  }

  void set(Map<Value, Tensor> known) {
    values.putAll(known);
  }

  void setInputs(Batch batch) {
    Tensor rows = precision.tensor(batch.features(), batch.size(), batch.width());
    for (Program.Input input : program.inputs()) {
      Value value = input.value();
      Tensor part = rows.narrow(1, input.offset(), value.size());
      values.put(value, typed(TensorInputs.reshaped(part, value.shape().dims()), value.type()));
    }
  }

  /**
   * Sets θ, for all records together or once for each.
   *
   * <p>In the latter case a linear layer's weight stays one tensor: the gradient of its product is
   * all that libtorch is asked for, and {@link #gradients} multiplies it by what the layer read. A
   * copy per record would cost as many reads and writes of the whole weight.
   *
   * @param copies 1, or the number of records
   * @param differentiable whether gradients will be asked for
   */
  void setParameters(double[] theta, int copies, boolean differentiable) {
    Tensor flat = precision.tensor(theta, theta.length);
    if (differentiable && copies > 1) {
      tapped.addAll(program.linearWeights());
    }
    for (Program.Parameter parameter : program.parameters()) {
      Value value = parameter.value();
      long[] sizes = new long[value.shape().rank() + 1];
      sizes[0] = 1;
      for (int axis = 1; axis < sizes.length; axis++) {
        sizes[axis] = value.shape().dim(axis - 1);
      }
      Tensor tensor = flat.narrow(0, parameter.info().offset(), value.size()).view(sizes);
      if (differentiable && !tapped.contains(value)) {
        sizes[0] = copies;
        tensor = tensor.expand(sizes).detach().requires_grad_(true);
        leaves.add(new Leaf(parameter.info(), tensor));
      }
      values.put(value, tensor);
    }
  }

  void run(List<Operation> operations) {
    for (Operation operation : operations) {
      List<Tensor> inputs = new ArrayList<>();
      operation.inputs().forEach(value -> inputs.add(get(value)));
      Tensor output = operation.tensor(new TensorInputs(operation, inputs, precision));
      if (operation instanceof MatrixProduct product && tapped.contains(product.input(1))) {
        output = output.requires_grad() ? output : output.requires_grad_(true);
        taps.add(new Tap(product, inputs.get(0), output));
      }
      values.put(operation.output(), output);
    }
  }

  /** Runs what depends on θ, and returns the logits. */
  Tensor finish() {
    run(program.derived());
    run(program.trained());
    return get(program.output());
  }

  /**
   * Writes the gradient of Σ seed · logits for each copy of θ.
   *
   * @param seed one number per logit
   * @param again whether more gradients of this pass will follow
   * @param out rows of θ's length; those of copy i start at row (first + i) · slots + slot
   */
  void gradients(double[] seed, boolean again, double[] out, int first, int slots, int slot) {
    Tensor logits = get(program.output());
    long[] sizes = new long[Math.toIntExact(logits.dim())];
    for (int axis = 0; axis < sizes.length; axis++) {
      sizes[axis] = logits.size(axis);
    }
    TensorVector asked = new TensorVector();
    leaves.forEach(leaf -> asked.push_back(leaf.tensor()));
    taps.forEach(tap -> asked.push_back(tap.output()));
    TensorVector gradients =
        torch.grad(
            new TensorVector(logits),
            asked,
            new TensorVector(precision.tensor(seed, sizes)),
            new BoolOptional(again),
            false,
            true);
    Target target = new Target(out, first, slots, slot, width());
    for (int i = 0; i < leaves.size(); i++) {
      Leaf leaf = leaves.get(i);
      int size = leaf.info().size();
      int copies = Math.toIntExact(leaf.tensor().size(0));
      Tensor gradient = gradients.get(i);
      double[] rows = gradient.defined() ? precision.values(gradient) : new double[copies * size];
      for (int copy = 0; copy < copies; copy++) {
        System.arraycopy(rows, copy * size, out, target.start(copy, leaf.info()), size);
      }
    }
    addTapped(gradients, target, Math.toIntExact(logits.size(0)));
  }

  /** Where gradients go. */
  @SuppressWarnings("ArrayRecordComponent") // the caller's
  private record Target(double[] out, int first, int slots, int slot, int width) {
    int start(int record, ParameterInfo info) {
      return ((first + record) * slots + slot) * width + info.offset();
    }
  }

  private int width() {
    return program.parameters().stream().mapToInt(parameter -> parameter.info().size()).sum();
  }

  private void addTapped(TensorVector gradients, Target target, int records) {
    Map<Value, ParameterInfo> infos = new HashMap<>();
    for (Program.Parameter parameter : program.parameters()) {
      if (tapped.contains(parameter.value())) {
        ParameterInfo info = parameter.info();
        infos.put(parameter.value(), info);
        for (int record = 0; record < records; record++) {
          int at = target.start(record, info);
          Arrays.fill(target.out(), at, at + info.size(), 0);
        }
      }
    }
    Kernels kernels = new Kernels();
    for (int i = 0; i < taps.size(); i++) {
      Tap tap = taps.get(i);
      Tensor gradient = gradients.get(leaves.size() + i);
      ParameterInfo info = infos.get(tap.product().input(1));
      if (!gradient.defined() || info == null) {
        continue;
      }
      double[] a = precision.values(tap.activation());
      double[] g = precision.values(gradient);
      for (int record = 0; record < records; record++) {
        tap.product().addToFactor(kernels, a, g, record, target.out(), target.start(record, info));
      }
    }
  }
}
