package org.quietune.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operators that pick, repeat, pad, cut and join entries. */
final class SelectionOperators {
  private SelectionOperators() {}

  static Map<String, Lowering> all() {
    Map<String, Lowering> all = new HashMap<>();
    all.put("Concat", Lowering.single(SelectionOperators::concat));
    all.put("Gather", Lowering.single(SelectionOperators::gather));
    all.put("Slice", Lowering.single(SelectionOperators::slice));
    all.put("Split", SelectionOperators::split);
    all.put("Pad", Lowering.single(SelectionOperators::pad));
    all.put("Tile", Lowering.single(SelectionOperators::tile));
    all.put("Trilu", Lowering.single(SelectionOperators::trilu));
    return all;
  }

  private static Value concat(OnnxNode node, ProgramBuilder to) {
    List<Value> parts = node.allInputs();
    return to.concat(parts.get(0).shape().axis(node.integer("axis", 0)), parts);
  }

  /** What lies on and below (or above) a diagonal of the last two axes, and zeros. */
  private static Value trilu(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    Shape shape = x.shape();
    int rank = shape.rank();
    if (rank < 2) {
      throw new IllegalArgumentException("needs at least two axes, but was given " + shape);
    }
    shape.requireWithinRecord(rank - 2);
    shape.requireWithinRecord(rank - 1);
    int diagonal = node.has(1) ? node.constantIntegers(1)[0] : 0;
    boolean upper = node.flag("upper", true);
    int columns = shape.dim(rank - 1);
    double[] kept = new double[shape.dim(rank - 2) * columns];
    for (int i = 0; i < kept.length; i++) {
      int above = i % columns - i / columns - diagonal;
      kept[i] = (upper ? above >= 0 : above <= 0) ? 1 : 0;
    }
    Value mask = to.constant(Value.Type.BOOL, Shape.fixed(shape.dim(rank - 2), columns), kept);
    return to.where(mask, x, to.constant(x.type(), Shape.SCALAR, new double[1]));
  }

  private static Value gather(OnnxNode node, ProgramBuilder to) {
    Value data = node.input(0);
    Value indices = node.input(1);
    int axis = data.shape().axis(node.integer("axis", 0));
    if (!indices.isConstant() || indices.shape().isBatched()) {
      return to.lookup(data, indices, axis);
    }
    int extent = data.shape().dim(axis);
    double[] entries = indices.fixedEntries();
    int[] places = new int[entries.length];
    for (int i = 0; i < places.length; i++) {
      places[i] = Shape.axis((long) entries[i], extent);
    }
    data.shape().requireWithinRecord(axis);
    Value picked = to.pick(data, axis, places, 0);
    if (indices.shape().rank() == 1) {
      return picked;
    }
    Shape shape = picked.shape();
    int rank = indices.shape().rank();
    int[] dims = new int[shape.rank() - 1 + rank];
    System.arraycopy(shape.dims(), 0, dims, 0, axis);
    System.arraycopy(indices.shape().dims(), 0, dims, axis, rank);
    System.arraycopy(shape.dims(), axis + 1, dims, axis + rank, shape.rank() - axis - 1);
    int batch = shape.batchAxis() > axis ? shape.batchAxis() - 1 + rank : shape.batchAxis();
    return to.reshape(picked, new Shape(dims, batch));
  }

  /** Bounds are attributes up to version 9, then inputs. */
  private static Value slice(OnnxNode node, ProgramBuilder to) {
    Value sliced = node.input(0);
    double[] starts = bounds(node, 1, "starts");
    double[] ends = bounds(node, 2, "ends");
    int[] axes = node.has(3) ? node.constantIntegers(3) : node.integers("axes");
    int[] steps = node.has(4) ? node.constantIntegers(4) : new int[0];
    for (int i = 0; i < starts.length; i++) {
      int axis = axes == null ? i : sliced.shape().axis(axes[i]);
      int step = i < steps.length ? steps[i] : 1;
      int extent = sliced.shape().dim(axis);
      if (axis == sliced.shape().batchAxis()) {
        requireAllRecords(node, i, extent, starts[i], ends[i], step);
        continue;
      }
      requireFixed(node, i);
      sliced = to.pick(sliced, axis, places(extent, starts[i], ends[i], step), 0);
    }
    return sliced;
  }

  private static double[] bounds(OnnxNode node, int input, String attribute) {
    if (node.has(input)) {
      return node.input(input).entries();
    }
    return Arrays.stream(node.integers(attribute, new int[0])).asDoubleStream().toArray();
  }

  private static void requireAllRecords(
      OnnxNode node, int i, int extent, double start, double end, int step) {
    double[] slope = node.has(2) ? node.input(2).slope() : null;
    boolean toTheEnd = end >= Integer.MAX_VALUE || (slope != null && slope[i] >= extent);
    if (start != 0 || step != 1 || !toTheEnd) {
      throw new IllegalArgumentException("it would choose among records");
    }
  }

  private static void requireFixed(OnnxNode node, int i) {
    for (int input = 1; input < 3; input++) {
      double[] slope = node.has(input) ? node.input(input).slope() : null;
      if (slope != null && slope[i] != 0) {
        throw new IllegalArgumentException("it must not depend on the number of records");
      }
    }
  }

  private static int[] places(int extent, double start, double end, int step) {
    if (step == 0) {
      throw new IllegalArgumentException("a step of 0");
    }
    double from = start < 0 ? start + extent : start;
    double to = end < 0 ? end + extent : end;
    from = step > 0 ? clamp(from, 0, extent) : clamp(from, 0, extent - 1);
    to = step > 0 ? clamp(to, 0, extent) : clamp(to, -1, extent);
    List<Integer> places = new ArrayList<>();
    for (long place = (long) from; step > 0 ? place < to : place > to; place += step) {
      places.add((int) place);
    }
    return places.stream().mapToInt(Integer::intValue).toArray();
  }

  private static double clamp(double value, double low, double high) {
    return Math.max(low, Math.min(high, value));
  }

  /** Sizes are an attribute up to version 12, then an input; without them, equal parts. */
  private static List<Value> split(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    int axis = x.shape().axis(node.integer("axis", 0));
    int extent = x.shape().dim(axis);
    int[] sizes = node.has(1) ? node.constantIntegers(1) : node.integers("split");
    if (sizes == null) {
      int parts = (int) node.integer("num_outputs", node.outputs());
      int part = (extent + parts - 1) / parts;
      sizes = new int[parts];
      for (int i = 0; i < parts; i++) {
        sizes[i] = Math.max(0, Math.min(part, extent - i * part));
      }
    }
    if (Arrays.stream(sizes).sum() != extent) {
      throw new IllegalArgumentException("parts do not add up to " + extent);
    }
    List<Value> parts = new ArrayList<>();
    int from = 0;
    for (int size : sizes) {
      parts.add(to.pick(x, axis, places(extent, from, (double) from + size, 1), 0));
      from += size;
    }
    return parts;
  }

  /** Widths are an attribute up to version 10, then an input; axes may be given from 18 on. */
  private static Value pad(OnnxNode node, ProgramBuilder to) {
    Value padded = node.input(0);
    int rank = padded.shape().rank();
    int[] pads = node.has(1) ? node.constantIntegers(1) : node.integers("pads", new int[2 * rank]);
    double filling = node.has(2) ? node.input(2).fixedEntries()[0] : node.number("value", 0);
    int[] axes = node.has(3) ? node.constantIntegers(3) : null;
    String mode = node.text("mode", "constant");
    int count = pads.length / 2;
    if (pads.length != 2 * (axes == null ? rank : axes.length)) {
      throw new IllegalArgumentException("pads do not fit " + padded.shape());
    }
    for (int i = 0; i < count; i++) {
      int axis = axes == null ? i : padded.shape().axis(axes[i]);
      int extent = padded.shape().dim(axis);
      int[] places = new int[Math.max(0, extent + pads[i] + pads[count + i])];
      for (int j = 0; j < places.length; j++) {
        places[j] = source(mode, j - pads[i], extent);
      }
      padded = to.pick(padded, axis, places, filling);
    }
    return padded;
  }

  private static int source(String mode, int place, int extent) {
    if (place >= 0 && place < extent) {
      return place;
    }
    return switch (mode) {
      case "constant" -> -1;
      case "edge" -> place < 0 ? 0 : extent - 1;
      case "reflect" -> {
        int period = Math.max(1, 2 * (extent - 1));
        int folded = Math.floorMod(place, period);
        yield folded < extent ? folded : period - folded;
      }
      case "wrap" -> Math.floorMod(place, extent);
      default -> throw new IllegalArgumentException("mode " + mode + " is not supported");
    };
  }

  private static Value tile(OnnxNode node, ProgramBuilder to) {
    Value tiled = node.input(0);
    int[] repeats = node.constantIntegers(1);
    for (int axis = 0; axis < repeats.length; axis++) {
      int extent = tiled.shape().dim(axis);
      int[] places = new int[Math.multiplyExact(extent, repeats[axis])];
      for (int j = 0; j < places.length; j++) {
        places[j] = j % extent;
      }
      tiled = to.pick(tiled, axis, places, 0);
    }
    return tiled;
  }
}
