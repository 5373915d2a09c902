package org.quietune.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Constants, shapes as values, and operators that arrange the same entries in another shape. */
final class ShapeOperators {
  private static final int INFER = -1;

  private ShapeOperators() {}

  static Map<String, Lowering> all() {
    Map<String, Lowering> all = new HashMap<>();
    all.put("Constant", Lowering.single(ShapeOperators::constant));
    all.put("ConstantOfShape", Lowering.single(ShapeOperators::constantOfShape));
    all.put("Range", Lowering.single(ShapeOperators::range));
    all.put("NonZero", Lowering.single(ShapeOperators::nonZero));
    all.put("Shape", Lowering.single(ShapeOperators::shape));
    all.put("Size", Lowering.single(ShapeOperators::size));
    all.put("Reshape", Lowering.single(ShapeOperators::reshape));
    all.put("Flatten", Lowering.single(ShapeOperators::flatten));
    all.put("Squeeze", Lowering.single(ShapeOperators::squeeze));
    all.put("Unsqueeze", Lowering.single(ShapeOperators::unsqueeze));
    all.put("Transpose", Lowering.single(ShapeOperators::transpose));
    all.put("Expand", Lowering.single(ShapeOperators::expand));
    return all;
  }

  private static Value constant(OnnxNode node, ProgramBuilder to) {
    if (node.proto().getAttributeCount() != 1) {
      throw new IllegalArgumentException("must have one attribute");
    }
    AttributeProto attribute = node.proto().getAttribute(0);
    return switch (attribute.getName()) {
      case "value" -> {
        TensorContents tensor = TensorContents.of(attribute.getT());
        yield to.constant(tensor.type(), tensor.shape(), tensor.entries());
      }
      case "value_int" ->
          to.constant(Value.Type.INT, Shape.SCALAR, new double[] {attribute.getI()});
      case "value_float" -> to.number(attribute.getF());
      case "value_ints" ->
          to.constant(
              Value.Type.INT,
              Shape.fixed(attribute.getIntsCount()),
              attribute.getIntsList().stream().mapToDouble(Long::doubleValue).toArray());
      case "value_floats" ->
          to.constant(
              Value.Type.FLOAT,
              Shape.fixed(attribute.getFloatsCount()),
              attribute.getFloatsList().stream().mapToDouble(Float::doubleValue).toArray());
      default -> throw new IllegalArgumentException(attribute.getName() + " is not supported");
    };
  }

  private static Value constantOfShape(OnnxNode node, ProgramBuilder to) {
    Shape shape = target(node.input(0));
    AttributeProto attribute = node.find("value");
    TensorContents fill =
        attribute == null
            ? new TensorContents(Value.Type.FLOAT, Shape.fixed(1), new double[1])
            : TensorContents.of(attribute.getT());
    double[] entries = new double[shape.size()];
    Arrays.fill(entries, fill.entries()[0]);
    return to.constant(fill.type(), shape, entries);
  }

  private static Value range(OnnxNode node, ProgramBuilder to) {
    double start = node.input(0).fixedEntries()[0];
    double limit = node.input(1).fixedEntries()[0];
    double delta = node.input(2).fixedEntries()[0];
    double count = Math.max(0, Math.ceil((limit - start) / delta));
    Shape shape = Shape.fixed((int) Math.min(count, Integer.MAX_VALUE));
    double[] entries = new double[shape.size()];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = start + i * delta;
    }
    return to.constant(node.input(0).type(), shape, entries);
  }

  private static Value nonZero(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    if (x.shape().isBatched()) {
      throw new IllegalArgumentException("it must not depend on the number of records");
    }
    double[] entries = x.fixedEntries();
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < entries.length; i++) {
      if (entries[i] != 0) {
        found.add(i);
      }
    }
    int rank = x.shape().rank();
    int[] strides = x.shape().strides();
    double[] places = new double[rank * found.size()];
    for (int i = 0; i < found.size(); i++) {
      for (int axis = 0; axis < rank; axis++) {
        places[axis * found.size() + i] = found.get(i) / strides[axis] % x.shape().dim(axis);
      }
    }
    return to.constant(Value.Type.INT, Shape.fixed(rank, found.size()), places);
  }

  private static Value shape(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    int rank = x.shape().rank();
    int from = clamp(node.integer("start", 0), rank);
    return to.shapeOf(x, from, Math.max(from, clamp(node.integer("end", rank), rank)));
  }

  private static int clamp(long place, int rank) {
    return (int) Math.max(0, Math.min(rank, place < 0 ? place + rank : place));
  }

  private static Value size(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    Value shape = to.shapeOf(x, 0, x.shape().rank());
    return to.reduce(Reduction.Kind.PROD, shape, new int[] {0}, false);
  }

  /** A shape given as integers, one of which may grow with the number of records. */
  static Shape target(Value integers) {
    double[] entries = integers.entries();
    double[] slope = integers.slope();
    int[] dims = new int[entries.length];
    int batch = Shape.NO_BATCH;
    for (int i = 0; i < dims.length; i++) {
      dims[i] = Math.toIntExact((long) entries[i]);
      if (slope != null && slope[i] != 0) {
        if (slope[i] != entries[i] || batch != Shape.NO_BATCH) {
          throw new IllegalArgumentException(
              "its shape depends on the number of records in a way that is not supported");
        }
        batch = i;
      }
    }
    return new Shape(dims, batch);
  }

  private static Value reshape(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    Value wanted = node.input(1);
    double[] slope = wanted.slope();
    double[] entries = wanted.entries();
    int[] dims = new int[entries.length];
    int batch = Shape.NO_BATCH;
    int inferred = INFER;
    int known = 1;
    for (int i = 0; i < dims.length; i++) {
      dims[i] = Math.toIntExact((long) entries[i]);
      if (slope != null && slope[i] != 0) {
        if (slope[i] != entries[i]) {
          throw new IllegalArgumentException(
              "its shape depends on the number of records in a way that is not supported");
        }
        batch = i;
      } else if (dims[i] == 0 && !node.flag("allowzero", false)) {
        dims[i] = x.shape().dim(i);
        batch = x.shape().batchAxis() == i ? i : batch;
      } else if (dims[i] == INFER) {
        inferred = i;
        continue;
      }
      known = Math.multiplyExact(known, dims[i]);
    }
    if (inferred != INFER) {
      if (known == 0 || x.size() % known != 0) {
        throw new IllegalArgumentException(
            x.shape() + " cannot become " + Arrays.toString(entries));
      }
      dims[inferred] = x.size() / known;
      batch = x.shape().isBatched() && batch == Shape.NO_BATCH ? inferred : batch;
    }
    if (x.shape().isBatched() && batch == Shape.NO_BATCH) {
      throw new IllegalArgumentException(
          "its shape "
              + Arrays.toString(dims)
              + " fixes the number of records: export the model with a dynamic first dimension");
    }
    return to.reshape(x, new Shape(dims, batch));
  }

  private static Value flatten(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    Shape shape = x.shape();
    long given = node.integer("axis", 1);
    int axis = given == shape.rank() ? shape.rank() : shape.axis(given);
    int batch = !shape.isBatched() ? Shape.NO_BATCH : shape.batchAxis() < axis ? 0 : 1;
    int[] dims = {shape.product(0, axis), shape.product(axis, shape.rank())};
    return to.reshape(x, new Shape(dims, batch));
  }

  /** Axes are an attribute up to version 12, then an input. */
  private static int[] axes(OnnxNode node, int rank) {
    int[] axes =
        node.has(1)
            ? node.constantIntegers(1)
            : node.integers("axes", new int[] {Integer.MIN_VALUE});
    int[] normal = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      normal[i] = Shape.axis(axes[i], rank);
    }
    return normal;
  }

  private static Value squeeze(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    Shape shape = x.shape();
    if (!node.has(1) && !node.has("axes")) {
      List<Integer> ones = new ArrayList<>();
      for (int axis = 0; axis < shape.rank(); axis++) {
        if (shape.dim(axis) == 1 && axis != shape.batchAxis()) {
          ones.add(axis);
        }
      }
      return to.squeeze(x, ones.stream().mapToInt(Integer::intValue).toArray());
    }
    return to.squeeze(x, axes(node, shape.rank()));
  }

  private static Value unsqueeze(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    int added = node.has(1) ? node.input(1).size() : node.integers("axes", new int[0]).length;
    return to.unsqueeze(x, axes(node, x.shape().rank() + added));
  }

  private static Value transpose(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    int rank = x.shape().rank();
    int[] reversed = new int[rank];
    for (int axis = 0; axis < rank; axis++) {
      reversed[axis] = rank - 1 - axis;
    }
    int[] order = node.integers("perm", reversed);
    if (Arrays.stream(order).distinct().count() != rank || order.length != rank) {
      throw new IllegalArgumentException("perm does not fit " + x.shape());
    }
    return to.transpose(x, order);
  }

  private static Value expand(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    return to.expand(x, Shape.broadcast(List.of(x.shape(), target(node.input(1)))));
  }
}
