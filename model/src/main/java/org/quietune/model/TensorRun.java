package org.quietune.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private Tensor[] leaves = new Tensor[0];

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
   * @param copies 1, or the number of records
   * @param differentiable whether gradients will be asked for
   */
  void setParameters(double[] theta, int copies, boolean differentiable) {
    Tensor flat = precision.tensor(theta, theta.length);
    leaves = new Tensor[program.parameters().size()];
    for (int i = 0; i < leaves.length; i++) {
      Value value = program.parameters().get(i).value();
      int offset = program.parameters().get(i).info().offset();
      long[] sizes = new long[value.shape().rank() + 1];
      sizes[0] = 1;
      for (int axis = 1; axis < sizes.length; axis++) {
        sizes[axis] = value.shape().dim(axis - 1);
      }
      Tensor leaf = flat.narrow(0, offset, value.size()).view(sizes);
      if (copies > 1) {
        sizes[0] = copies;
        leaf = leaf.expand(sizes);
      }
      leaves[i] = differentiable ? leaf.detach().requires_grad_(true) : leaf;
      values.put(value, leaves[i]);
    }
  }

  void run(List<Operation> operations) {
    for (Operation operation : operations) {
      List<Tensor> inputs = new ArrayList<>();
      operation.inputs().forEach(value -> inputs.add(get(value)));
      values.put(
          operation.output(), operation.tensor(new TensorInputs(operation, inputs, precision)));
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
    TensorVector gradients =
        torch.grad(
            new TensorVector(logits),
            new TensorVector(leaves),
            new TensorVector(precision.tensor(seed, sizes)),
            new BoolOptional(again),
            false,
            true);
    int width = program.parameters().stream().mapToInt(p -> p.info().size()).sum();
    for (int i = 0; i < leaves.length; i++) {
      int copies = Math.toIntExact(leaves[i].size(0));
      ParameterInfo info = program.parameters().get(i).info();
      Tensor gradient = gradients.get(i);
      double[] rows =
          gradient.defined() ? precision.values(gradient) : new double[copies * info.size()];
      for (int copy = 0; copy < copies; copy++) {
        int at = ((first + copy) * slots + slot) * width + info.offset();
        System.arraycopy(rows, copy * info.size(), out, at, info.size());
      }
    }
  }
}
