package org.quietune.model;

import java.util.Arrays;

/**
 * Keeps {@code Uᵀ G V} as what it is made of: where a record has a single outer product, its two
 * reduced sides, multiplied when a part of the result is asked for. Everything else is kept as it
 * is. Results have the bits that {@link KroneckerSink} gives them.
 */
final class KeptSink extends KroneckerSink implements PieceSource {
  private static final double[] NOTHING = {};

  private final int rows;
  private final int columns;
  private final int part;
  private final double[] factors;
  private final int atFactors;

  // By record: the left side, and the result where it is more than one outer product.
  private double[] lefts = {};
  private double[][] results = {NOTHING};
  private boolean[] whole = new boolean[1];

  // The factors of the piece that was written last, then by record the right side in parts.
  private final int parts;
  private double[][] rights = {NOTHING};

  // The piece that was written last: its start, length, first row, part of the row.
  private int from = -1;
  private int length;
  private int row;
  private int partOfRow;

  KeptSink(GradientReduction.Kronecker kronecker, double[] factors, int atFactors) {
    super(kronecker, factors, atFactors);
    rows = kronecker.rows().dimension();
    columns = kronecker.columns().dimension();
    part = GradientPieces.part(columns);
    this.factors = factors;
    this.atFactors = atFactors;
    parts = (columns - 1) / part + 1;
  }

  @Override
  public int dimension() {
    return rows * columns;
  }

  @Override
  public int rowLength() {
    return columns;
  }

  @Override
  void start(double[] target, int offset, int views) {
    super.start(NOTHING, 0, views);
    int record = records() - 1;
    if (record == results.length) {
      whole = Arrays.copyOf(whole, 2 * record);
      results = Arrays.copyOf(results, 2 * record);
      Arrays.fill(results, record, 2 * record, NOTHING);
    }
  }

  @Override
  double[] target(int record, double[] given) {
    if (results[record].length == 0) {
      results[record] = new double[dimension()];
    }
    return results[record];
  }

  @Override
  void complete(double[] left, double[] right) {
    for (int record = 0; record < records(); record++) {
      whole[record] = !isOneTerm(record);
      if (whole[record]) {
        finish(record, left, right);
      } else {
        keep(record, left, right, firstTerm(record));
      }
    }
  }

  private void keep(int record, double[] left, double[] right, int term) {
    if (lefts.length < records() * rows) {
      lefts = Arrays.copyOf(lefts, records() * rows);
      rights = LikeAligned.arrays(1 + records() * parts, part);
      from = -1;
    }
    System.arraycopy(left, term * rows, lefts, record * rows, rows);
    for (int i = 0; i < parts; i++) {
      int at = i * part;
      int count = Math.min(part, columns - at);
      System.arraycopy(right, term * columns + at, rights[1 + record * parts + i], 0, count);
    }
  }

  @Override
  public void write(int record, double[] inRow, int pieceFrom, int pieceLength, double[] out) {
    if (whole[record]) {
      System.arraycopy(results[record], pieceFrom, out, 0, pieceLength);
      return;
    }
    if (pieceFrom != from || pieceLength != length) {
      moveTo(pieceFrom, pieceLength);
    }
    double left = lefts[record * rows + row];
    double[] right = rights[1 + record * parts + partOfRow];
    if (length > columns) {
      writeRows(record, right, out);
    } else if (factors.length > 0) {
      multiply(left, right, rights[0], out, length);
    } else {
      multiply(left, right, out, length);
    }
  }

  private void moveTo(int pieceFrom, int pieceLength) {
    from = pieceFrom;
    length = pieceLength;
    row = from / columns;
    partOfRow = from % columns / part;
    if (factors.length > 0 && length <= columns) {
      System.arraycopy(factors, atFactors + from, rights[0], 0, length);
    }
  }

  /** Several rows, too short for vectors. */
  private void writeRows(int record, double[] right, double[] out) {
    for (int at = 0; at < length; at += columns) {
      double left = lefts[record * rows + row + at / columns];
      for (int j = at; j < at + columns; j++) {
        double product = left * right[j - at];
        out[j] = factors.length > 0 ? product * factors[atFactors + from + j] : product;
      }
    }
  }

  private static void multiply(double factor, double[] x, double[] own, double[] out, int n) {
    for (int j = 0; j < n; j++) {
      out[j] = factor * x[j] * own[j];
    }
  }

  private static void multiply(double factor, double[] x, double[] out, int n) {
    for (int j = 0; j < n; j++) {
      out[j] = factor * x[j];
    }
  }

  @Override
  public long keptValues() {
    return whole[0] ? dimension() : (long) rows + columns;
  }
}
