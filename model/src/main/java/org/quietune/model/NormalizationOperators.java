package org.quietune.model;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Normalizations: over axes of a record, or by statistics that the file holds. */
final class NormalizationOperators {
  private static final float SMALL = 1e-5f;

  private NormalizationOperators() {}

  static Map<String, Lowering> all() {
    return Map.of(
        "Softmax", Lowering.single((node, to) -> softmax(false, node, to)),
        "LogSoftmax", Lowering.single((node, to) -> softmax(true, node, to)),
        "BatchNormalization", Lowering.single(NormalizationOperators::batch),
        "LayerNormalization", NormalizationOperators::layer,
        "InstanceNormalization", Lowering.single(NormalizationOperators::instance),
        "GroupNormalization", Lowering.single(NormalizationOperators::group));
  }

  /** Up to version 12, over all axes from the given one on; then over the given one. */
  private static Value softmax(boolean logarithm, OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    int axis = x.shape().axis(node.integer("axis", node.opset() < 13 ? 1 : -1));
    return to.softmax(logarithm, x, axis, node.opset() < 13 ? x.shape().rank() : axis + 1);
  }

  /** (x − mean) / √(var + ε) · scale + bias, with mean and variance as the file holds them. */
  private static Value batch(OnnxNode node, ProgramBuilder to) {
    if (node.flag("training_mode", false)) {
      throw new IllegalArgumentException("training mode is not supported: export for inference");
    }
    Value x = node.input(0);
    int[] dims = new int[Math.max(1, x.shape().rank() - 1)];
    Arrays.fill(dims, 1);
    dims[0] = x.shape().dim(1);
    Shape channels = Shape.fixed(dims);
    Value spread =
        to.unary("Sqrt", to.add(node.input(4), to.number(node.number("epsilon", SMALL))));
    Value centered = to.binary(BinaryFunction.SUB, x, to.reshape(node.input(3), channels));
    Value standardized =
        to.multiply(centered, to.reshape(to.unary("Reciprocal", spread), channels));
    Value scaled = to.multiply(standardized, to.reshape(node.input(1), channels));
    return to.add(scaled, to.reshape(node.input(2), channels));
  }

  private static List<Value> layer(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    int rank = x.shape().rank();
    int axis = x.shape().axis(node.integer("axis", -1));
    int[] axes = new int[rank - axis];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = axis + i;
    }
    Standardized result = standardize(x, axes, node.number("epsilon", SMALL), to);
    Value y = to.multiply(result.value(), node.input(1));
    y = node.has(2) ? to.add(y, node.input(2)) : y;
    return List.of(y, result.mean(), to.unary("Reciprocal", result.spread()));
  }

  private static Value instance(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    int rank = x.shape().rank();
    int[] axes = new int[Math.max(0, rank - 2)];
    int[] dims = new int[rank - 1];
    Arrays.fill(dims, 1);
    dims[0] = x.shape().dim(1);
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i + 2;
    }
    Value y = standardize(x, axes, node.number("epsilon", SMALL), to).value();
    y = to.multiply(y, to.reshape(node.input(1), Shape.fixed(dims)));
    return to.add(y, to.reshape(node.input(2), Shape.fixed(dims)));
  }

  /** Scale and bias are per group up to version 20, then per channel. */
  private static Value group(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    Shape shape = x.shape();
    int groups = (int) node.integer("num_groups", 1);
    if (shape.batchAxis() != 0 || shape.dim(1) % groups != 0) {
      throw new IllegalArgumentException(groups + " groups do not fit " + shape);
    }
    int[] grouped = {shape.dim(0), groups, shape.product(1, shape.rank()) / groups};
    Value parts = to.reshape(x, shape.withDims(grouped));
    Value y = standardize(parts, new int[] {2}, node.number("epsilon", SMALL), to).value();
    if (node.opset() < 21) {
      Shape perGroup = Shape.fixed(groups, 1);
      y = to.multiply(y, to.reshape(node.input(1), perGroup));
      return to.reshape(to.add(y, to.reshape(node.input(2), perGroup)), shape);
    }
    int[] dims = new int[shape.rank() - 1];
    Arrays.fill(dims, 1);
    dims[0] = shape.dim(1);
    y = to.reshape(y, shape);
    y = to.multiply(y, to.reshape(node.input(1), Shape.fixed(dims)));
    return to.add(y, to.reshape(node.input(2), Shape.fixed(dims)));
  }

  private record Standardized(Value value, Value mean, Value spread) {}

  /** (x − mean) / √(variance + ε) over some axes. */
  private static Standardized standardize(Value x, int[] axes, double epsilon, ProgramBuilder to) {
    Value mean = to.reduce(Reduction.Kind.MEAN, x, axes, true);
    Value centered = to.binary(BinaryFunction.SUB, x, mean);
    Value variance = to.reduce(Reduction.Kind.MEAN, to.multiply(centered, centered), axes, true);
    Value spread = to.unary("Sqrt", to.add(variance, to.number(epsilon)));
    return new Standardized(to.binary(BinaryFunction.DIV, centered, spread), mean, spread);
  }
}
