package org.quietune.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.List;
import java.util.Map;

/**
 * Operators of {@code ai.onnx.ml} that prepare a record's numbers, as scikit-learn's converter
 * writes them. They have no trainable values.
 */
final class MachineLearningOperators {
  private MachineLearningOperators() {}

  static Map<String, Lowering> all() {
    return Map.of(
        LinearModels.DOMAIN + ".ArrayFeatureExtractor",
        Lowering.single(MachineLearningOperators::extract),
        LinearModels.DOMAIN + ".Binarizer",
        Lowering.single(MachineLearningOperators::binarize),
        LinearModels.DOMAIN + ".FeatureVectorizer",
        Lowering.single(MachineLearningOperators::join),
        LinearModels.DOMAIN + ".Imputer",
        Lowering.single(MachineLearningOperators::impute),
        LinearModels.DOMAIN + ".LabelEncoder",
        Lowering.single(MachineLearningOperators::encode),
        LinearModels.DOMAIN + ".Normalizer",
        Lowering.single(MachineLearningOperators::normalize),
        LinearModels.DOMAIN + ".OneHotEncoder",
        Lowering.single(MachineLearningOperators::oneHot),
        LinearModels.DOMAIN + ".Scaler",
        Lowering.single(MachineLearningOperators::scale));
  }

  /** Columns, by number. */
  private static Value extract(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    int rank = x.shape().rank();
    if (rank < 2) {
      throw new IllegalArgumentException("needs [N, columns], but was given " + x.shape());
    }
    return to.pick(x, rank - 1, node.constantIntegers(1), 0);
  }

  private static Value binarize(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    Value above = to.binary(BinaryFunction.GREATER, x, to.number(node.number("threshold", 0)));
    return to.cast(above, Value.Type.FLOAT);
  }

  /** Several inputs side by side. */
  private static Value join(OnnxNode node, ProgramBuilder to) {
    List<Value> parts =
        node.allInputs().stream().map(part -> to.cast(part, Value.Type.FLOAT)).toList();
    return to.concat(1, parts);
  }

  private static Value impute(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    boolean whole = x.type() == Value.Type.INT;
    Value filling =
        whole
            ? row(Value.Type.INT, integers(node, "imputed_value_int64s"), to)
            : row(Value.Type.FLOAT, floats(node, "imputed_value_floats"), to);
    double replaced =
        whole ? node.integer("replaced_value_int64", 0) : node.number("replaced_value_float", 0);
    Value missing =
        Double.isNaN(replaced)
            ? to.unary(UnaryFunctions.plain("IsNaN"), x, Value.Type.BOOL)
            : to.binary(
                BinaryFunction.EQUAL,
                x,
                to.constant(x.type(), Shape.SCALAR, new double[] {replaced}));
    return to.where(missing, filling, x);
  }

  /** The value of the key that equals an entry, or the default. */
  private static Value encode(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    double[] keys =
        x.type() == Value.Type.INT ? integers(node, "keys_int64s") : floats(node, "keys_floats");
    boolean whole = node.has("values_int64s");
    double[] values = whole ? integers(node, "values_int64s") : floats(node, "values_floats");
    if (keys.length != values.length) {
      throw new IllegalArgumentException(
          keys.length + " keys and " + values.length + " values are not pairs");
    }
    Value.Type type = whole ? Value.Type.INT : Value.Type.FLOAT;
    double otherwise = whole ? node.integer("default_int64", -1) : node.number("default_float", 0);
    Value encoded = to.constant(type, Shape.SCALAR, new double[] {otherwise});
    for (int i = 0; i < keys.length; i++) {
      Value key = to.constant(x.type(), Shape.SCALAR, new double[] {keys[i]});
      Value found =
          Double.isNaN(keys[i])
              ? to.unary(UnaryFunctions.plain("IsNaN"), x, Value.Type.BOOL)
              : to.binary(BinaryFunction.EQUAL, x, key);
      encoded = to.where(found, to.constant(type, Shape.SCALAR, new double[] {values[i]}), encoded);
    }
    return encoded;
  }

  /** Rows divided by their largest entry, sum of sizes, or length; rows of zeros stay. */
  private static Value normalize(OnnxNode node, ProgramBuilder to) {
    Value x = to.cast(node.input(0), Value.Type.FLOAT);
    int[] axes = {x.shape().rank() - 1};
    String norm = node.text("norm", "MAX");
    Value size =
        switch (norm) {
          case "MAX" -> to.reduce(Reduction.Kind.MAX, x, axes, true);
          case "L1" -> to.reduce(Reduction.Kind.SUM, to.unary("Abs", x), axes, true);
          case "L2" -> to.reduce(Reduction.Kind.SUM, to.multiply(x, x), axes, true);
          default -> throw new IllegalArgumentException("norm " + norm + " is not supported");
        };
    // Before the root, whose slope at zero is infinite.
    Value zero = to.binary(BinaryFunction.EQUAL, size, to.number(0));
    Value divisor = to.where(zero, to.number(1), size);
    return to.binary(
        BinaryFunction.DIV, x, norm.equals("L2") ? to.unary("Sqrt", divisor) : divisor);
  }

  /** A column for each category. A value that is none of them is refused by zeros=0: NaN. */
  private static Value oneHot(OnnxNode node, ProgramBuilder to) {
    double[] categories = integers(node, "cats_int64s");
    Value x = to.cast(node.input(0), Value.Type.INT);
    Value column = to.unsqueeze(x, x.shape().rank());
    Value equal = to.binary(BinaryFunction.EQUAL, column, row(Value.Type.INT, categories, to));
    Value hot = to.cast(equal, Value.Type.FLOAT);
    if (node.flag("zeros", true)) {
      return hot;
    }
    int last = hot.shape().rank() - 1;
    Value sum = to.reduce(Reduction.Kind.SUM, hot, new int[] {last}, true);
    Value none = to.binary(BinaryFunction.EQUAL, sum, to.number(0));
    return to.where(none, to.number(Double.NaN), hot);
  }

  private static Value scale(OnnxNode node, ProgramBuilder to) {
    Value x = to.cast(node.input(0), Value.Type.FLOAT);
    Value centered =
        to.binary(BinaryFunction.SUB, x, row(Value.Type.FLOAT, floats(node, "offset"), to));
    return to.multiply(centered, row(Value.Type.FLOAT, floats(node, "scale"), to));
  }

  private static Value row(Value.Type type, double[] entries, ProgramBuilder to) {
    return to.constant(type, Shape.fixed(entries.length), entries);
  }

  private static double[] floats(OnnxNode node, String name) {
    AttributeProto attribute = require(node, name);
    return attribute.getFloatsList().stream().mapToDouble(Float::doubleValue).toArray();
  }

  private static double[] integers(OnnxNode node, String name) {
    AttributeProto attribute = require(node, name);
    return attribute.getIntsList().stream().mapToDouble(Long::doubleValue).toArray();
  }

  private static AttributeProto require(OnnxNode node, String name) {
    AttributeProto attribute = node.find(name);
    if (attribute == null) {
      throw new IllegalArgumentException(
          "attribute " + name + " is missing; only numbers are supported, not text");
    }
    return attribute;
  }
}
