package org.quietune.model;

import java.util.Arrays;
import java.util.List;

/**
 * The dimensions of a value for one record, and the axis along which a batch of N records would
 * grow.
 *
 * <p>Along that axis the value of a batch has N times as many entries. Where other axes were merged
 * with the one that counts records, as attention does, it has places around the records and within
 * them: entry (a·N + n)·k + j belongs to record n, with 0 ≤ a &lt; {@link #around} and around · k
 * the extent for one record. So every operator can be computed for one record as ONNX defines it
 * with N = 1, provided that it never crosses that axis; the rules that combine shapes refuse what
 * would.
 */
final class Shape {
  /** A value of which a batch of records has one copy for all. */
  static final int NO_BATCH = -1;

  static final Shape SCALAR = new Shape(new int[0], NO_BATCH);

  /** 2²⁷ doubles are 1 GiB: a damaged file must not make us reserve more. */
  private static final long MAX_SIZE = 1 << 27;

  private final int[] dims;
  private final int batchAxis;
  private final int around;
  private final int size;

  /** A value whose records lie one after the other along the axis that counts them. */
  Shape(int[] dims, int batchAxis) {
    this(dims, batchAxis, 1);
  }

  /**
   * The general form.
   *
   * @param around divides the extent of the axis that counts records; 1 when there is none
   */
  Shape(int[] dims, int batchAxis, int around) {
    this.dims = dims.clone();
    this.batchAxis = batchAxis;
    this.around = around;
    long product = 1;
    for (int dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("negative dimension in " + Arrays.toString(dims));
      }
      product *= dim;
      if (product > MAX_SIZE) {
        throw new IllegalArgumentException("too large: " + Arrays.toString(dims));
      }
    }
    this.size = (int) product;
  }

  static Shape fixed(int... dims) {
    return new Shape(dims, NO_BATCH);
  }

  int rank() {
    return dims.length;
  }

  int dim(int axis) {
    return dims[axis];
  }

  int[] dims() {
    return dims.clone();
  }

  /** The axis that counts records; {@link #NO_BATCH} when there is none. */
  int batchAxis() {
    return batchAxis;
  }

  /** Places along the axis that counts records at each of which all records lie. */
  int around() {
    return around;
  }

  /** Times that the records follow one another in a value: at every place in front of them. */
  int rounds() {
    return product(0, batchAxis) * around;
  }

  boolean isBatched() {
    return batchAxis != NO_BATCH;
  }

  /** Number of entries for one record. */
  int size() {
    return size;
  }

  /** Product of the extents of axes {@code from} (inclusive) to {@code to} (exclusive). */
  int product(int from, int to) {
    int product = 1;
    for (int axis = from; axis < to; axis++) {
      product *= dims[axis];
    }
    return product;
  }

  /** An axis counted from either end, as ONNX allows. */
  int axis(long axis) {
    return axis(axis, rank());
  }

  static int axis(long axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw new IllegalArgumentException("axis " + axis + " of a value with " + rank + " axes");
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /** Refuses an operator that would combine entries along an axis, if that axis counts records. */
  void requireWithinRecord(int axis) {
    if (axis == batchAxis) {
      throw new IllegalArgumentException("it would mix records (axis " + axis + ")");
    }
  }

  Shape withDims(int[] changed) {
    return new Shape(changed, batchAxis, around);
  }

  /**
   * The same extents for the entries of another value in the same order.
   *
   * @throws IllegalArgumentException when an entry could not be told to belong to one record
   */
  Shape ofEntriesOf(Shape old) {
    if (!old.isBatched() && !isBatched()) {
      return this;
    }
    int before = isBatched() ? product(0, batchAxis) : 0;
    if (old.isBatched() && before > 0 && old.rounds() % before == 0) {
      int places = old.rounds() / before;
      if (places > 0 && dims[batchAxis] % places == 0) {
        return new Shape(dims, batchAxis, places);
      }
    }
    throw new IllegalArgumentException(
        old + " cannot become " + this + ": it would mix records; keep this part frozen");
  }

  /** Row-major steps between neighbors along each axis. */
  int[] strides() {
    int[] strides = new int[dims.length];
    int step = 1;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      strides[axis] = step;
      step *= dims[axis];
    }
    return strides;
  }

  /** The axes {@code from} (inclusive) to {@code to} (exclusive). */
  Shape part(int from, int to) {
    boolean counts = batchAxis >= from && batchAxis < to;
    int[] extents = Arrays.copyOfRange(dims, from, to);
    return counts ? new Shape(extents, batchAxis - from, around) : new Shape(extents, NO_BATCH);
  }

  /** With axes of extent 1 in front, up to a rank. */
  Shape padded(int rank) {
    int[] longer = new int[rank];
    int added = rank - dims.length;
    Arrays.fill(longer, 0, added, 1);
    System.arraycopy(dims, 0, longer, added, dims.length);
    return new Shape(longer, isBatched() ? batchAxis + added : NO_BATCH, around);
  }

  /**
   * The common shape of values that are combined entry by entry, by ONNX's (numpy's) rule.
   *
   * @throws IllegalArgumentException when they do not fit, for every number of records
   */
  static Shape broadcast(List<Shape> shapes) {
    int rank = shapes.stream().mapToInt(Shape::rank).max().orElse(0);
    List<Shape> aligned = shapes.stream().map(shape -> shape.padded(rank)).toList();
    int[] dims = new int[rank];
    Arrays.fill(dims, 1);
    int batch = NO_BATCH;
    int around = 1;
    for (Shape shape : aligned) {
      if (shape.batchAxis != NO_BATCH) {
        if (batch != NO_BATCH && (batch != shape.batchAxis || around != shape.around)) {
          throw new IllegalArgumentException("it would mix records: " + shapes);
        }
        batch = shape.batchAxis;
        around = shape.around;
      }
      for (int axis = 0; axis < rank; axis++) {
        dims[axis] = dims[axis] == 1 ? shape.dims[axis] : dims[axis];
      }
    }
    for (Shape shape : aligned) {
      for (int axis = 0; axis < rank; axis++) {
        boolean oneForAll = shape.dims[axis] == 1 && (axis != batch || shape.batchAxis != batch);
        boolean same =
            shape.dims[axis] == dims[axis] && (shape.batchAxis == batch || axis != batch);
        if (!oneForAll && !same) {
          throw new IllegalArgumentException("shapes " + shapes + " cannot be combined");
        }
      }
    }
    return new Shape(dims, batch, around);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape
        && Arrays.equals(dims, shape.dims)
        && batchAxis == shape.batchAxis
        && around == shape.around;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * Arrays.hashCode(dims) + batchAxis) + around;
  }

  /**
   * As in [N, 3]; [2N, 3] when a record has two neighboring rows, [5·N, 3] when it has one at each
   * of five places.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    for (int axis = 0; axis < dims.length; axis++) {
      text.append(axis == 0 ? "" : ", ");
      if (axis != batchAxis) {
        text.append(dims[axis]);
      } else {
        int within = dims[axis] / around;
        text.append(around == 1 ? "" : around + "·").append(within == 1 ? "N" : within + "N");
      }
    }
    return text.append(']').toString();
  }
}
