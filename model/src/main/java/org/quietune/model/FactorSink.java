package org.quietune.model;

import java.util.Arrays;

/** Hands the factors of one tensor's gradient on to a {@link LayerFactors}. */
final class FactorSink extends TensorSink {
  private final LayerFactors visitor;
  private final int parameter;
  private final int matrixRows;
  private double[] wide = {};

  FactorSink(LayerFactors visitor, int parameter, int matrixRows) {
    this.visitor = visitor;
    this.parameter = parameter;
    this.matrixRows = matrixRows;
  }

  @Override
  void start(double[] target, int offset, int views) {
    // Nothing is kept.
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
    if (wide.length != terms * matrixRows) {
      wide = new double[terms * matrixRows];
    }
    Arrays.fill(wide, 0);
    int stepTerm = byColumns ? 1 : rows;
    int stepRow = byColumns ? terms : 1;
    for (int t = 0; t < terms; t++) {
      for (int i = 0; i < rows; i++) {
        wide[t * matrixRows + firstRow + i] = left[atLeft + t * stepTerm + i * stepRow];
      }
    }
    visitor.accept(parameter, wide, right, atRight, terms);
  }

  @Override
  void endBlock() {
    // Nothing is kept.
  }

  @Override
  void addRow(int row, double[] right, int atRight) {
    throw new IllegalStateException("tables have no factors");
  }

  @Override
  void addWhole(double[] matrix, int at) {
    throw new IllegalStateException("a tensor used in other ways has no factors");
  }
}
