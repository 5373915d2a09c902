package org.quietune.model;

import java.util.Arrays;

/**
 * Forms {@code Uᵀ G V} from what G is made of: {@code (LU)ᵀ(RV)} for {@code G = LᵀR}, or G first
 * where that takes fewer operations; of several views of a record first the sum of them all. Which
 * of the two, and the order of every sum, follow from shapes and the number of views alone.
 *
 * <p>A single outer product, as a linear layer has one per record, waits until the block ends: the
 * sides of a whole block then meet U and V in one product of matrices, each row summed as it would
 * be by itself, instead of reading U and V from memory once per record.
 */
class KroneckerSink extends TensorSink {
  private static final double[] NOTHING = {};

  private final ModeBasis u;
  private final ModeBasis v;
  private final double[] factors;
  private final int atFactors;

  // The block's records: where each result goes, whether it has been begun, its first waiting term.
  private double[][] targets = new double[1][];
  private int[] offsets = new int[1];
  private boolean[] begun = new boolean[1];
  private int[] firstTerms = new int[1];
  private int records;

  // The waiting terms, one row for each.
  private double[] lefts = {};
  private double[] rights = {};
  private int waiting;

  // Of the record that was started last: its views, and their sum where it is reduced at its end.
  private int views;
  private double[] gathered = {};
  private boolean hasGathered;

  private final Kernels kernels = new Kernels();
  private double[] leftReduced = {};
  private double[] rightReduced = {};
  private double[] whole = {};

  /**
   * @param factors one for each coordinate of the result, from {@code atFactors} on; or none
   */
  KroneckerSink(GradientReduction.Kronecker part, double[] factors, int atFactors) {
    u = part.rows();
    v = part.columns();
    this.factors = factors;
    this.atFactors = atFactors;
  }

  @Override
  void start(double[] target, int offset, int views) {
    reduceGathered();
    this.views = views;
    if (records == targets.length) {
      targets = Arrays.copyOf(targets, 2 * records);
      offsets = Arrays.copyOf(offsets, 2 * records);
      begun = Arrays.copyOf(begun, 2 * records);
      firstTerms = Arrays.copyOf(firstTerms, 2 * records);
    }
    targets[records] = target;
    offsets[records] = offset;
    begun[records] = false;
    firstTerms[records] = waiting;
    records++;
  }

  @Override
  void add(
      double[] left,
      int atLeft,
      boolean byColumns,
      double[] right,
      int atRight,
      int terms,
      int firstRow,
      int rows) {
    if (terms == 1 && rows == u.size()) {
      postpone(left, atLeft, right, atRight);
    } else if (factorsFirst(terms, rows)) {
      addFactors(left, atLeft, byColumns, right, atRight, terms, firstRow, rows);
    } else if (views > 1) {
      gather();
      int at = firstRow * v.size();
      addProduct(left, atLeft, byColumns, right, atRight, terms, rows, v.size(), gathered, at);
    } else {
      int n = v.size();
      whole = cleared(whole, rows * n);
      addProduct(left, atLeft, byColumns, right, atRight, terms, rows, n, whole, 0);
      addRows(whole, 0, firstRow, rows);
    }
  }

  private boolean factorsFirst(long terms, long rows) {
    long r = u.dimension();
    long s = v.dimension();
    long n = v.size();
    long onRight = v.isIdentity() ? 0 : n * s;
    long onLeft = u.isIdentity() ? 0 : rows * r;
    long joined = u.isIdentity() ? rows * s : r * s;
    long all = views * terms;
    long factors = all * (onLeft + onRight + joined);
    long product = all * rows * n + rows * onRight + (u.isIdentity() ? 0 : rows * r * s);
    return factors <= product;
  }

  private void gather() {
    if (!hasGathered) {
      hasGathered = true;
      gathered = cleared(gathered, u.size() * v.size());
    }
  }

  /** Adds what the last record's views have added up to. */
  private void reduceGathered() {
    if (hasGathered) {
      hasGathered = false;
      addRows(gathered, 0, 0, u.size());
    }
  }

  private void postpone(double[] left, int atLeft, double[] right, int atRight) {
    lefts = withRoom(lefts, waiting, u.size());
    rights = withRoom(rights, waiting, v.size());
    System.arraycopy(left, atLeft, lefts, waiting * u.size(), u.size());
    System.arraycopy(right, atRight, rights, waiting * v.size(), v.size());
    waiting++;
  }

  private static double[] withRoom(double[] rows, int count, int width) {
    boolean full = rows.length < (count + 1) * width;
    return full ? Arrays.copyOf(rows, 2 * (count + 1) * width) : rows;
  }

  private void addFactors(
      double[] left,
      int atLeft,
      boolean byColumns,
      double[] right,
      int atRight,
      int terms,
      int firstRow,
      int rows) {
    int r = u.dimension();
    int s = v.dimension();
    double[] reduced = reducedRight(right, atRight, terms);
    int atReduced = v.isIdentity() ? atRight : 0;
    double[] target = begin(records - 1);
    int offset = offsets[records - 1];
    if (u.isIdentity()) {
      int to = offset + firstRow * s;
      addProduct(left, atLeft, byColumns, reduced, atReduced, terms, rows, s, target, to);
      return;
    }
    leftReduced = cleared(leftReduced, terms * r);
    if (byColumns) {
      kernels.multiplyTransposed(
          left, atLeft, u.entries(), firstRow * r, leftReduced, 0, rows, terms, r);
    } else {
      kernels.multiply(left, atLeft, u.entries(), firstRow * r, leftReduced, 0, terms, rows, r);
    }
    kernels.multiplyTransposed(leftReduced, 0, reduced, atReduced, target, offset, terms, r, s);
  }

  private void addProduct(
      double[] left,
      int atLeft,
      boolean byColumns,
      double[] right,
      int atRight,
      int terms,
      int rows,
      int columns,
      double[] out,
      int at) {
    if (byColumns) {
      kernels.multiply(left, atLeft, right, atRight, out, at, rows, terms, columns);
    } else {
      kernels.multiplyTransposed(left, atLeft, right, atRight, out, at, terms, rows, columns);
    }
  }

  @Override
  void addRow(int row, double[] right, int atRight) {
    addRows(right, atRight, row, 1);
  }

  @Override
  void addWhole(double[] matrix, int at) {
    addRows(matrix, at, 0, u.size());
  }

  /** Adds rows of the matrix, given as they are. */
  private void addRows(double[] matrix, int at, int firstRow, int rows) {
    int s = v.dimension();
    double[] reduced = reducedRight(matrix, at, rows);
    int atReduced = v.isIdentity() ? at : 0;
    double[] target = begin(records - 1);
    int offset = offsets[records - 1];
    if (u.isIdentity()) {
      int to = offset + firstRow * s;
      kernels.add(target, to, reduced, atReduced, target, to, rows * s);
    } else {
      int r = u.dimension();
      kernels.multiplyTransposed(
          u.entries(), firstRow * r, reduced, atReduced, target, offset, rows, r, s);
    }
  }

  /** Rows times V, from 0 on; the rows themselves, where they are, when V is the identity. */
  private double[] reducedRight(double[] rows, int at, int count) {
    if (v.isIdentity()) {
      return rows;
    }
    rightReduced = cleared(rightReduced, count * v.dimension());
    kernels.multiply(rows, at, v.entries(), 0, rightReduced, 0, count, v.size(), v.dimension());
    return rightReduced;
  }

  /** A record's result, 0 when nothing has been added. */
  private double[] begin(int record) {
    if (!begun[record]) {
      begun[record] = true;
      targets[record] = target(record, targets[record]);
      double[] target = targets[record];
      int from = offsets[record];
      Arrays.fill(target, from, from + u.dimension() * v.dimension(), 0);
    }
    return targets[record];
  }

  /** Where a record's result goes that is more than one outer product. */
  double[] target(int record, double[] given) {
    return given;
  }

  @Override
  void endBlock() {
    reduceGathered();
    double[] right = reducedRight(rights, 0, waiting);
    double[] left = lefts;
    if (!u.isIdentity()) {
      leftReduced = cleared(leftReduced, waiting * u.dimension());
      left = leftReduced;
      kernels.multiply(lefts, 0, u.entries(), 0, left, 0, waiting, u.size(), u.dimension());
    }
    complete(left, right);
    Arrays.fill(targets, 0, records, NOTHING);
    records = 0;
    waiting = 0;
  }

  /** Forms all results from the reduced sides of the terms that waited, one row for each. */
  void complete(double[] left, double[] right) {
    if (factors.length > 0 && isOneTermEach()) {
      // Written at once with their factors, instead of clearing, adding and scaling.
      kernels.outersTimes(
          left, right, factors, atFactors, targets, offsets, records, u.dimension(), v.dimension());
    } else {
      for (int record = 0; record < records; record++) {
        finish(record, left, right);
      }
    }
  }

  /** Whether every record of the block has a single waiting term and nothing else. */
  private boolean isOneTermEach() {
    boolean each = waiting == records;
    for (int record = 0; each && record < records; record++) {
      each = isOneTerm(record);
    }
    return each;
  }

  int records() {
    return records;
  }

  int firstTerm(int record) {
    return firstTerms[record];
  }

  private int endOfTerms(int record) {
    return record + 1 < records ? firstTerms[record + 1] : waiting;
  }

  /** Whether a record has one waiting term and nothing else. */
  boolean isOneTerm(int record) {
    return !begun[record] && endOfTerms(record) == firstTerms[record] + 1;
  }

  void finish(int record, double[] left, double[] right) {
    int from = firstTerms[record];
    int to = endOfTerms(record);
    int r = u.dimension();
    int s = v.dimension();
    int offset = offsets[record];
    if (to == from + 1 && !begun[record] && factors.length == 0) {
      kernels.outer(left, from * r, right, from * s, targets[record], offset, r, s);
      return;
    }
    double[] target = begin(record);
    kernels.multiplyTransposed(left, from * r, right, from * s, target, offset, to - from, r, s);
    if (factors.length > 0) {
      kernels.scale(target, offset, factors, atFactors, r * s);
    }
  }

  private static double[] cleared(double[] array, int length) {
    if (array.length < length) {
      return new double[length];
    }
    Arrays.fill(array, 0, length, 0);
    return array;
  }
}
