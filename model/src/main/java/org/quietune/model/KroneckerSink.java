package org.quietune.model;

import java.util.Arrays;

/**
 * Forms {@code Uᵀ G V} from what G is made of: {@code (LU)ᵀ(RV)} for {@code G = LᵀR}, or G first
 * where that takes fewer operations. Which of the two, and the order of every sum, follow from
 * shapes alone.
 */
final class KroneckerSink extends TensorSink {
  private final ModeBasis u;
  private final ModeBasis v;
  private double[] target = {};
  private int offset;
  private double[] leftReduced = {};
  private double[] rightReduced = {};
  private double[] whole = {};

  KroneckerSink(GradientReduction.Kronecker part) {
    u = part.rows();
    v = part.columns();
  }

  @Override
  void start(double[] newTarget, int newOffset) {
    target = newTarget;
    offset = newOffset;
    Arrays.fill(target, offset, offset + u.dimension() * v.dimension(), 0);
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
    if (factorsFirst(terms, rows)) {
      addFactors(left, atLeft, byColumns, right, atRight, terms, firstRow, rows);
      return;
    }
    int n = v.size();
    whole = cleared(whole, rows * n);
    addProduct(left, atLeft, byColumns, right, atRight, terms, rows, n, whole, 0);
    addRows(whole, 0, firstRow, rows);
  }

  private boolean factorsFirst(long terms, long rows) {
    long r = u.dimension();
    long s = v.dimension();
    long n = v.size();
    long onRight = v.isIdentity() ? 0 : n * s;
    long onLeft = u.isIdentity() ? 0 : rows * r;
    long joined = u.isIdentity() ? rows * s : r * s;
    long factors = terms * (onLeft + onRight + joined);
    long product = terms * rows * n + rows * onRight + (u.isIdentity() ? 0 : rows * r * s);
    return factors <= product;
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
    double[] reduced = right;
    int atReduced = atRight;
    if (!v.isIdentity()) {
      rightReduced = cleared(rightReduced, terms * s);
      Kernels.multiply(right, atRight, v.entries(), 0, rightReduced, 0, terms, v.size(), s);
      reduced = rightReduced;
      atReduced = 0;
    }
    if (u.isIdentity()) {
      int to = offset + firstRow * s;
      addProduct(left, atLeft, byColumns, reduced, atReduced, terms, rows, s, target, to);
      return;
    }
    leftReduced = cleared(leftReduced, terms * r);
    if (byColumns) {
      Kernels.multiplyTransposed(
          left, atLeft, u.entries(), firstRow * r, leftReduced, 0, rows, terms, r);
    } else {
      Kernels.multiply(left, atLeft, u.entries(), firstRow * r, leftReduced, 0, terms, rows, r);
    }
    Kernels.multiplyTransposed(leftReduced, 0, reduced, atReduced, target, offset, terms, r, s);
  }

  private static void addProduct(
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
      Kernels.multiply(left, atLeft, right, atRight, out, at, rows, terms, columns);
    } else {
      Kernels.multiplyTransposed(left, atLeft, right, atRight, out, at, terms, rows, columns);
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
    double[] reduced = matrix;
    int atReduced = at;
    if (!v.isIdentity()) {
      rightReduced = cleared(rightReduced, rows * s);
      Kernels.multiply(matrix, at, v.entries(), 0, rightReduced, 0, rows, v.size(), s);
      reduced = rightReduced;
      atReduced = 0;
    }
    if (u.isIdentity()) {
      int to = offset + firstRow * s;
      Kernels.add(target, to, reduced, atReduced, target, to, rows * s);
    } else {
      int r = u.dimension();
      Kernels.multiplyTransposed(
          u.entries(), firstRow * r, reduced, atReduced, target, offset, rows, r, s);
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
