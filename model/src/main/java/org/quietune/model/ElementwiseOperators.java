package org.quietune.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operators that work entry by entry. */
final class ElementwiseOperators {
  private static final double SELU_ALPHA = 1.6732631921768188;
  private static final double SELU_GAMMA = 1.0507010221481323;

  private ElementwiseOperators() {}

  static Map<String, Lowering> all() {
    Map<String, Lowering> all = new HashMap<>();
    for (String name : UnaryFunctions.names()) {
      all.put(name, unary(name));
    }
    all.put("Add", binary(BinaryFunction.ADD));
    all.put("Sub", binary(BinaryFunction.SUB));
    all.put("Mul", binary(BinaryFunction.MUL));
    all.put("Div", Lowering.single(ElementwiseOperators::div));
    all.put("Pow", Lowering.single(ElementwiseOperators::pow));
    all.put("PRelu", binary(BinaryFunction.SLOPE));
    all.put("Max", folded(BinaryFunction.MAX));
    all.put("Min", folded(BinaryFunction.MIN));
    all.put("Sum", folded(BinaryFunction.ADD));
    all.put("Mean", Lowering.single(ElementwiseOperators::mean));
    all.put("Equal", binary(BinaryFunction.EQUAL));
    all.put("Greater", binary(BinaryFunction.GREATER));
    all.put("GreaterOrEqual", binary(BinaryFunction.GREATER_OR_EQUAL));
    all.put("Less", binary(BinaryFunction.LESS));
    all.put("LessOrEqual", binary(BinaryFunction.LESS_OR_EQUAL));
    all.put("And", binary(BinaryFunction.AND));
    all.put("Or", binary(BinaryFunction.OR));
    all.put("Xor", binary(BinaryFunction.XOR));
    all.put(
        "Where",
        Lowering.single((node, to) -> to.where(node.input(0), node.input(1), node.input(2))));
    all.put("Clip", Lowering.single(ElementwiseOperators::clip));
    all.put("LeakyRelu", parametric(node -> UnaryFunctions.leakyRelu(node.number("alpha", 0.01f))));
    all.put("Elu", parametric(node -> UnaryFunctions.elu(node.number("alpha", 1), 1)));
    all.put("Celu", Lowering.single(ElementwiseOperators::celu));
    all.put("Mish", Lowering.single(ElementwiseOperators::mish));
    all.put(
        "Selu",
        parametric(
            node ->
                UnaryFunctions.elu(
                    node.number("alpha", SELU_ALPHA), node.number("gamma", SELU_GAMMA))));
    all.put(
        "HardSigmoid",
        parametric(
            node ->
                UnaryFunctions.hardSigmoid(node.number("alpha", 0.2f), node.number("beta", 0.5))));
    all.put("Gelu", Lowering.single(ElementwiseOperators::gelu));
    all.put("Identity", Lowering.single((node, to) -> node.input(0)));
    all.put("Dropout", Lowering.single(ElementwiseOperators::dropout));
    all.put(
        "Cast",
        Lowering.single(
            (node, to) -> to.cast(node.input(0), TensorContents.type(node.integer("to", 0)))));
    all.put(
        "CastLike", Lowering.single((node, to) -> to.cast(node.input(0), node.input(1).type())));
    return all;
  }

  private interface FromAttributes {
    UnaryFunction of(OnnxNode node);
  }

  private static Lowering parametric(FromAttributes function) {
    return Lowering.single((node, to) -> to.unary(function.of(node), node.input(0)));
  }

  private static Lowering unary(String name) {
    UnaryFunction function = UnaryFunctions.plain(name);
    boolean logical = name.equals("IsNaN") || name.equals("Not");
    return Lowering.single(
        (node, to) -> {
          Value x = node.input(0);
          return to.unary(function, x, logical ? Value.Type.BOOL : x.type());
        });
  }

  private static Lowering binary(BinaryFunction function) {
    return Lowering.single((node, to) -> to.binary(function, node.input(0), node.input(1)));
  }

  private static Lowering folded(BinaryFunction function) {
    return Lowering.single((node, to) -> fold(function, node.allInputs(), to));
  }

  private static Value fold(BinaryFunction function, List<Value> values, ProgramBuilder to) {
    Value folded = values.get(0);
    for (int i = 1; i < values.size(); i++) {
      folded = to.binary(function, folded, values.get(i));
    }
    return folded;
  }

  private static Value mean(OnnxNode node, ProgramBuilder to) {
    Value sum = fold(BinaryFunction.ADD, node.allInputs(), to);
    return to.binary(BinaryFunction.DIV, sum, to.number(node.inputs()));
  }

  private static Value div(OnnxNode node, ProgramBuilder to) {
    Value left = node.input(0);
    BinaryFunction function =
        left.type() == Value.Type.INT ? BinaryFunction.INTEGER_DIV : BinaryFunction.DIV;
    return to.binary(function, left, node.input(1));
  }

  /** The exponent may be of another type than the base. */
  private static Value pow(OnnxNode node, ProgramBuilder to) {
    Value base = node.input(0);
    Value exponent = node.input(1);
    if (base.type() != Value.Type.FLOAT) {
      Value power =
          to.binary(
              BinaryFunction.POW,
              to.cast(base, Value.Type.FLOAT),
              to.cast(exponent, Value.Type.FLOAT));
      return to.cast(power, base.type());
    }
    return to.binary(BinaryFunction.POW, base, to.cast(exponent, Value.Type.FLOAT));
  }

  /** Bounds are attributes up to version 10, then inputs. */
  private static Value clip(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    if (node.opset() < 11) {
      return to.unary(
          UnaryFunctions.clip(
              node.number("min", -Float.MAX_VALUE), node.number("max", Float.MAX_VALUE)),
          x);
    }
    boolean known = true;
    for (int i = 1; i < 3; i++) {
      known &= !node.has(i) || node.input(i).isConstant();
    }
    if (!known) {
      Value raised = node.has(1) ? to.binary(BinaryFunction.MAX, x, node.input(1)) : x;
      return node.has(2) ? to.binary(BinaryFunction.MIN, raised, node.input(2)) : raised;
    }
    return to.unary(
        UnaryFunctions.clip(
            bound(node, 1, Double.NEGATIVE_INFINITY), bound(node, 2, Double.POSITIVE_INFINITY)),
        x);
  }

  private static double bound(OnnxNode node, int index, double otherwise) {
    if (!node.has(index)) {
      return otherwise;
    }
    double[] entries = node.input(index).fixedEntries();
    if (entries.length != 1) {
      throw new IllegalArgumentException("input " + index + " must be one number");
    }
    return entries[0];
  }

  /** α Elu(x / α). */
  private static Value celu(OnnxNode node, ProgramBuilder to) {
    Value alpha = to.number(node.number("alpha", 1));
    Value x = to.binary(BinaryFunction.DIV, node.input(0), alpha);
    return to.multiply(to.unary(UnaryFunctions.elu(1, 1), x), alpha);
  }

  /** x tanh(log(1 + eˣ)). */
  private static Value mish(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    return to.multiply(x, to.unary("Tanh", to.unary("Softplus", x)));
  }

  private static Value gelu(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    if (node.text("approximate", "none").equals("none")) {
      return to.unary(UnaryFunctions.gelu(), x);
    }
    // 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))
    Value cube = to.multiply(to.multiply(to.multiply(x, x), x), to.number(0.044715));
    Value inner = to.multiply(to.add(x, cube), to.number(Math.sqrt(2 / Math.PI)));
    Value gate = to.add(to.unary("Tanh", inner), to.number(1));
    return to.multiply(to.multiply(x, to.number(0.5)), gate);
  }

  private static Value dropout(OnnxNode node, ProgramBuilder to) {
    if (node.has(2) && node.input(2).fixedEntries()[0] != 0) {
      throw new IllegalArgumentException("training mode is not supported: export for inference");
    }
    return node.input(0);
  }
}
