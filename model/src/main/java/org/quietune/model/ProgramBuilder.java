package org.quietune.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Composes a {@link Program} from primitives: infers shapes, refuses what would mix records, and
 * computes at once what depends on neither the record nor θ.
 *
 * <p>What is wrong with a call is told by an IllegalArgumentException without naming the node; the
 * caller knows it.
 */
final class ProgramBuilder {
  /** Numbers of records at which integers that grow with it are computed to find how they grow. */
  private static final int[] PROBES = {1, 2, 3, 7};

  private final List<Program.Input> inputs = new ArrayList<>();
  private final List<Program.Parameter> parameters = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();
  private final List<Integer> sizes = new ArrayList<>();
  private int inputWidth;

  // Leaves.

  Value input(String name, Value.Type type, Shape shape) {
    Value value = Value.input(type, shape, storage(shape.size()));
    inputs.add(new Program.Input(name, value, inputWidth));
    inputWidth = Math.addExact(inputWidth, shape.size());
    return value;
  }

  Value parameter(ParameterInfo info) {
    Shape shape = Shape.fixed(info.shape().stream().mapToInt(Integer::intValue).toArray());
    Value value = Value.parameter(shape, storage(shape.size()));
    parameters.add(new Program.Parameter(info, value));
    return value;
  }

  Value constant(Value.Type type, Shape shape, double[] entries) {
    return Value.constant(type, shape, storage(shape.size()), entries);
  }

  Value number(double value) {
    return constant(Value.Type.FLOAT, Shape.SCALAR, new double[] {value});
  }

  /** The extents of a value, as integers that grow with the number of records. */
  Value shapeOf(Value x, int from, int to) {
    double[] entries = new double[to - from];
    double[] slope = new double[to - from];
    boolean grows = false;
    for (int axis = from; axis < to; axis++) {
      entries[axis - from] = x.shape().dim(axis);
      if (axis == x.shape().batchAxis()) {
        slope[axis - from] = x.shape().dim(axis);
        grows = true;
      }
    }
    Shape shape = Shape.fixed(entries.length);
    return Value.counting(shape, storage(entries.length), entries, grows ? slope : null);
  }

  // Elementwise.

  Value unary(UnaryFunction function, Value x) {
    return unary(function, x, x.type());
  }

  Value unary(UnaryFunction function, Value x, Value.Type type) {
    return append(new Elementwise.Unary(function, x, result(type, x.shape(), x)));
  }

  Value unary(String operator, Value x) {
    return unary(UnaryFunctions.plain(operator), x);
  }

  Value cast(Value x, Value.Type type) {
    return x.type() == type ? x : append(new Elementwise.Cast(x, result(type, x.shape(), x)));
  }

  Value binary(BinaryFunction function, Value left, Value right) {
    Value.Type type = function.isLogical() ? Value.Type.BOOL : left.type();
    Shape shape = Shape.broadcast(List.of(left.shape(), right.shape()));
    return append(new Elementwise.Binary(function, left, right, result(type, shape, left, right)));
  }

  Value add(Value left, Value right) {
    return binary(BinaryFunction.ADD, left, right);
  }

  Value multiply(Value left, Value right) {
    return binary(BinaryFunction.MUL, left, right);
  }

  Value where(Value condition, Value yes, Value no) {
    if (condition.type() != Value.Type.BOOL) {
      throw new IllegalArgumentException("the condition must be truth values");
    }
    Shape shape = Shape.broadcast(List.of(condition.shape(), yes.shape(), no.shape()));
    return append(
        new Elementwise.Where(condition, yes, no, result(yes.type(), shape, condition, yes, no)));
  }

  // Moves.

  /** The same entries in another shape, in which they still belong to the same records. */
  Value reshape(Value x, Shape shape) {
    if (shape.size() != x.size()) {
      throw new IllegalArgumentException(x.shape() + " cannot become " + shape);
    }
    return arranged(x, shape.ofEntriesOf(x.shape()));
  }

  /** The same entries in the same order, under another shape. */
  private Value arranged(Value x, Shape shape) {
    if (x.shape().equals(shape)) {
      return x;
    }
    if (shape.size() != x.size()) {
      throw new IllegalArgumentException(x.shape() + " cannot become " + shape);
    }
    if (x.isConstant()) {
      return x.slope() == null
          ? Value.constant(x.type(), shape, x.storage(), x.entries())
          : Value.counting(shape, x.storage(), x.entries(), x.slope());
    }
    Value output = Value.computed(x.type(), shape, x.storage(), x);
    operations.add(new Reshaping(x, output));
    return output;
  }

  Value transpose(Value x, int[] order) {
    Shape shape = x.shape();
    int[] dims = new int[order.length];
    int[] strides = new int[order.length];
    long[] form = new long[order.length + 1];
    int batch = Shape.NO_BATCH;
    for (int axis = 0; axis < order.length; axis++) {
      dims[axis] = shape.dim(order[axis]);
      strides[axis] = shape.strides()[order[axis]];
      form[axis + 1] = order[axis] + 1L;
      batch = order[axis] == shape.batchAxis() ? axis : batch;
    }
    Shape turned = new Shape(dims, batch, shape.around());
    if (isTrivial(shape, order)) {
      return arranged(x, turned);
    }
    return relocate(x, turned, table(turned, 0, strides), 0, tensor -> tensor.permute(form));
  }

  /** Whether only axes of extent 1 change places, which moves no entry. */
  private static boolean isTrivial(Shape shape, int[] order) {
    int last = -1;
    for (int axis : order) {
      if (shape.dim(axis) != 1) {
        if (axis < last) {
          return false;
        }
        last = axis;
      }
    }
    return true;
  }

  /** Expands axes of extent 1, and adds axes in front, up to a shape. */
  Value expand(Value x, Shape shape) {
    if (x.shape().equals(shape)) {
      return x;
    }
    Shape padded = x.shape().padded(shape.rank());
    if (padded.size() == shape.size()) {
      return arranged(x, shape);
    }
    int[] strides = padded.strides();
    long[] form = new long[shape.rank() + 1];
    for (int axis = 0; axis < shape.rank(); axis++) {
      form[axis + 1] = shape.dim(axis);
      if (padded.dim(axis) == 1) {
        strides[axis] = 0;
      } else if (padded.dim(axis) != shape.dim(axis)) {
        throw new IllegalArgumentException(x.shape() + " cannot be expanded to " + shape);
      }
    }
    UnaryOperator<Tensor> expanded =
        tensor -> {
          long[] sizes = form.clone();
          sizes[0] = tensor.size(0);
          return TensorInputs.reshaped(tensor, padded.dims()).expand(sizes);
        };
    return relocate(x, shape, table(shape, 0, strides), 0, expanded);
  }

  /**
   * Picks entries along an axis, in a given order; −1 stands for {@code filling}.
   *
   * @param x whose axis does not count records
   */
  Value pick(Value x, int axis, int[] places, double filling) {
    Shape shape = x.shape();
    boolean whole = places.length == shape.dim(axis);
    for (int i = 0; i < places.length; i++) {
      whole &= places[i] == i;
    }
    if (whole) {
      return x;
    }
    shape.requireWithinRecord(axis);
    int[] dims = shape.dims();
    dims[axis] = places.length;
    Shape picked = shape.withDims(dims);
    int outer = shape.product(0, axis);
    int inner = shape.product(axis + 1, shape.rank());
    int[] table = new int[picked.size()];
    int j = 0;
    boolean fills = false;
    for (int row = 0; row < outer; row++) {
      for (int place : places) {
        fills |= place < 0;
        for (int i = 0; i < inner; i++) {
          table[j++] = place < 0 ? -1 : (row * shape.dim(axis) + place) * inner + i;
        }
      }
    }
    return relocate(
        x,
        picked,
        table,
        filling,
        fills ? null : tensor -> tensor.index_select(axis + 1L, TensorInputs.indices(places)));
  }

  private Value relocate(
      Value x, Shape shape, int[] table, double filling, @Nullable UnaryOperator<Tensor> form) {
    return append(new Relocation(x, result(x.type(), shape, x), table, filling, form));
  }

  private static int[] table(Shape shape, int base, int[] strides) {
    int[] table = new int[shape.size()];
    int[] index = new int[shape.rank()];
    int[] dims = shape.dims();
    for (int i = 0; i < table.length; i++) {
      int at = base;
      for (int axis = 0; axis < index.length; axis++) {
        at += index[axis] * strides[axis];
      }
      table[i] = at;
      Windows.increment(index, dims);
    }
    return table;
  }

  Value concat(int axis, List<Value> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    Shape first = parts.get(0).shape();
    int extent = 0;
    int batch = Shape.NO_BATCH;
    int around = 1;
    for (Value part : parts) {
      Shape shape = part.shape();
      shape.requireWithinRecord(axis);
      extent += shape.dim(axis);
      batch = shape.isBatched() ? shape.batchAxis() : batch;
      around = shape.isBatched() ? shape.around() : around;
    }
    for (Value part : parts) {
      int[] dims = part.shape().dims();
      if (dims.length == first.rank()) {
        dims[axis] = first.dim(axis);
      }
      if (!Arrays.equals(dims, first.dims())
          || part.shape().batchAxis() != batch
          || part.shape().around() != around) {
        throw new IllegalArgumentException(
            "cannot join " + parts.stream().map(Value::shape).toList() + " along axis " + axis);
      }
    }
    int[] dims = first.dims();
    dims[axis] = extent;
    Value[] all = parts.toArray(new Value[0]);
    return append(
        new Concatenation(
            axis, result(parts.get(0).type(), new Shape(dims, batch, around), all), all));
  }

  /** Picks slices of a value at places that differ by record. */
  Value lookup(Value data, Value indices, int axis) {
    Shape table = data.shape();
    Shape places = indices.shape();
    table.requireWithinRecord(axis);
    if (table.isBatched() && places.isBatched()) {
      throw new IllegalArgumentException(
          "a record's table read at a record's places: it would mix records");
    }
    int[] dims = new int[table.rank() - 1 + places.rank()];
    System.arraycopy(table.dims(), 0, dims, 0, axis);
    System.arraycopy(places.dims(), 0, dims, axis, places.rank());
    System.arraycopy(table.dims(), axis + 1, dims, axis + places.rank(), table.rank() - axis - 1);
    int batch = Shape.NO_BATCH;
    if (places.isBatched()) {
      batch = axis + places.batchAxis();
    } else if (table.isBatched()) {
      batch = table.batchAxis() < axis ? table.batchAxis() : table.batchAxis() - 1 + places.rank();
    }
    int around = places.isBatched() ? places.around() : table.around();
    Value output = result(data.type(), new Shape(dims, batch, around), data, indices);
    return append(new Lookup(data, indices, axis, output));
  }

  // Sums.

  /**
   * A product of matrices, or of matrices with the second transposed.
   *
   * @param a at least two axes
   * @param b at least two axes
   */
  Value product(Value a, Value b, boolean transposed) {
    Shape left = a.shape();
    Shape right = b.shape();
    int r = left.rank();
    int s = right.rank();
    int inner = transposed ? s - 1 : s - 2;
    int outer = transposed ? s - 2 : s - 1;
    left.requireWithinRecord(r - 1);
    right.requireWithinRecord(inner);
    if (left.dim(r - 1) != right.dim(inner)) {
      throw new IllegalArgumentException("factors " + left + " and " + right + " do not fit");
    }
    Shape matrices = Shape.broadcast(List.of(left.part(0, r - 2), right.part(0, s - 2)));
    int rank = matrices.rank() + 2;
    int[] dims = Arrays.copyOf(matrices.dims(), rank);
    dims[rank - 2] = left.dim(r - 2);
    dims[rank - 1] = right.dim(outer);
    int batch = matrices.batchAxis();
    boolean rowsCount = left.batchAxis() == r - 2;
    boolean columnsCount = right.batchAxis() == outer;
    if (columnsCount || (rowsCount && right.isBatched())) {
      throw new IllegalArgumentException(
          "factors " + left + " and " + right + ": it would mix records");
    }
    Shape shape =
        rowsCount
            ? new Shape(dims, rank - 2, left.around())
            : new Shape(dims, batch, matrices.around());
    return append(new MatrixProduct(a, b, transposed, result(Value.Type.FLOAT, shape, a, b)));
  }

  /**
   * A convolution.
   *
   * @param x [n, channels, space…]
   * @param w [filters, channels / groups, space…]
   */
  Value convolution(Value x, Value w, Windows windows, int groups) {
    requireImages(x);
    if (groups < 1
        || w.shape().isBatched()
        || w.shape().rank() != x.shape().rank()
        || w.shape().dim(0) % groups != 0
        || w.shape().dim(1) * groups != x.shape().dim(1)) {
      throw new IllegalArgumentException(
          "a kernel of shape "
              + w.shape()
              + " does not fit "
              + x.shape()
              + " in "
              + groups
              + " groups");
    }
    Shape shape = space(x, w.shape().dim(0), windows);
    return append(new Convolution(x, w, windows, groups, result(x.type(), shape, x, w)));
  }

  Value largest(Value x, Windows windows) {
    requireImages(x);
    Shape shape = space(x, x.shape().dim(1), windows);
    return append(new Pooling.Largest(x, windows, result(x.type(), shape, x)));
  }

  Value mean(Value x, Windows windows, double[] divisors) {
    requireImages(x);
    Shape shape = space(x, x.shape().dim(1), windows);
    return append(new Pooling.Mean(x, windows, divisors, result(x.type(), shape, x)));
  }

  private static void requireImages(Value x) {
    if (x.shape().rank() < 3 || x.shape().batchAxis() > 0) {
      throw new IllegalArgumentException("needs [N, channels, space…], but was given " + x.shape());
    }
  }

  private static Shape space(Value x, int channels, Windows windows) {
    int[] dims = x.shape().dims();
    dims[1] = channels;
    System.arraycopy(windows.output(), 0, dims, 2, windows.axes());
    return x.shape().withDims(dims);
  }

  Value reduce(Reduction.Kind kind, Value x, int[] axes, boolean keep) {
    Shape shape = x.shape();
    Set<Integer> reduced = new HashSet<>();
    for (int axis : axes) {
      shape.requireWithinRecord(axis);
      reduced.add(axis);
    }
    int[] sorted = reduced.stream().mapToInt(Integer::intValue).sorted().toArray();
    int[] kept = shape.dims();
    for (int axis : sorted) {
      kept[axis] = 1;
    }
    Value output = result(x.type(), shape.withDims(kept), x);
    Value taken = append(new Reduction(kind, x, sorted, output));
    return keep ? taken : squeeze(taken, sorted);
  }

  Value softmax(boolean logarithm, Value x, int from, int to) {
    for (int axis = from; axis < to; axis++) {
      x.shape().requireWithinRecord(axis);
    }
    return append(new Normalizing(logarithm, x, from, to, result(x.type(), x.shape(), x)));
  }

  // Axes.

  Value squeeze(Value x, int... axes) {
    Shape shape = x.shape();
    boolean[] gone = new boolean[shape.rank()];
    for (int axis : axes) {
      shape.requireWithinRecord(axis);
      if (shape.dim(axis) != 1) {
        throw new IllegalArgumentException("axis " + axis + " of " + shape + " is not 1");
      }
      gone[axis] = true;
    }
    List<Integer> dims = new ArrayList<>();
    int batch = Shape.NO_BATCH;
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (!gone[axis]) {
        batch = axis == shape.batchAxis() ? dims.size() : batch;
        dims.add(shape.dim(axis));
      }
    }
    return reshape(x, new Shape(dims.stream().mapToInt(Integer::intValue).toArray(), batch));
  }

  /** Adds axes of extent 1 at the given places of the result. */
  Value unsqueeze(Value x, int... axes) {
    Shape shape = x.shape();
    int[] dims = new int[shape.rank() + axes.length];
    for (int axis : axes) {
      dims[axis] = 1;
    }
    int batch = Shape.NO_BATCH;
    int from = 0;
    for (int axis = 0; axis < dims.length; axis++) {
      if (dims[axis] == 0 && !contains(axes, axis)) {
        batch = from == shape.batchAxis() ? axis : batch;
        dims[axis] = shape.dim(from++);
      }
    }
    return reshape(x, new Shape(dims, batch));
  }

  private static boolean contains(int[] values, int value) {
    return Arrays.stream(values).anyMatch(one -> one == value);
  }

  // The whole.

  /** The program that computes a value, without what it does not need. */
  Program build(Value output) {
    Map<Value, Operation> producers = new HashMap<>();
    operations.forEach(operation -> producers.put(operation.output(), operation));
    Set<Operation> needed = new HashSet<>();
    Set<Value> reached = new LinkedHashSet<>();
    Deque<Value> open = new ArrayDeque<>(List.of(output));
    while (!open.isEmpty()) {
      Value value = open.pop();
      Operation producer = producers.get(value);
      if (reached.add(value) && producer != null) {
        needed.add(producer);
        producer.inputs().forEach(open::push);
      }
    }
    inputs.forEach(input -> reached.add(input.value()));
    parameters.forEach(parameter -> reached.add(parameter.value()));
    int[] entries = new int[sizes.size()];
    boolean[] adjoints = new boolean[sizes.size()];
    for (Value value : reached) {
      entries[value.storage()] = value.size();
      adjoints[value.storage()] |= value.trained();
    }
    return new Program(
        inputs,
        parameters,
        operations.stream().filter(needed::contains).toList(),
        reached.stream().filter(Value::isConstant).toList(),
        output,
        entries,
        adjoints);
  }

  private int storage(int size) {
    sizes.add(size);
    return sizes.size() - 1;
  }

  private Value result(Value.Type type, Shape shape, Value... from) {
    return Value.computed(type, shape, storage(shape.size()), from);
  }

  private Value append(Operation operation) {
    Value output = operation.output();
    if (output.perRecord() || output.dependsOnTheta()) {
      for (Value input : operation.inputs()) {
        if (input.slope() != null) {
          throw new IllegalArgumentException("it must not depend on the number of records");
        }
      }
      operations.add(operation);
      return output;
    }
    return evaluate(operation);
  }

  /** Computes a constant, at several numbers of records when an input grows with it. */
  private Value evaluate(Operation operation) {
    Value output = operation.output();
    boolean grows = operation.inputs().stream().anyMatch(input -> input.slope() != null);
    double[] at1 = evaluate(operation, PROBES[0]);
    if (!grows) {
      return Value.constant(output.type(), output.shape(), output.storage(), at1);
    }
    double[] slope = evaluate(operation, PROBES[1]);
    boolean constant = true;
    for (int i = 0; i < slope.length; i++) {
      slope[i] -= at1[i];
      constant &= slope[i] == 0;
    }
    for (int probe = 2; probe < PROBES.length; probe++) {
      double[] entries = evaluate(operation, PROBES[probe]);
      for (int i = 0; i < slope.length; i++) {
        if (entries[i] != at1[i] + slope[i] * (PROBES[probe] - 1)) {
          throw new IllegalArgumentException(
              "it depends on the number of records in a way that is not supported");
        }
      }
    }
    if (constant) {
      return Value.constant(output.type(), output.shape(), output.storage(), at1);
    }
    if (output.type() != Value.Type.INT) {
      throw new IllegalArgumentException("it must not depend on the number of records");
    }
    return Value.counting(output.shape(), output.storage(), at1, slope);
  }

  private double[] evaluate(Operation operation, int records) {
    double[][] values = new double[sizes.size()][];
    for (Value input : operation.inputs()) {
      double[] entries = input.entries();
      double[] slope = input.slope();
      if (slope != null) {
        entries = entries.clone();
        for (int i = 0; i < entries.length; i++) {
          entries[i] += slope[i] * (records - 1);
        }
      }
      values[input.storage()] = entries;
    }
    double[] result = new double[operation.output().size()];
    values[operation.output().storage()] = result;
    operation.forward(new RowMemory(operation, values));
    return result;
  }
}
