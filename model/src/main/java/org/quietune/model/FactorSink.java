package org.quietune.model;

/** Hands the factors of one tensor's gradient on to a {@link LayerFactors}. */
final class FactorSink extends TensorSink {
  private final LayerFactors visitor;
  private final int parameter;
  private double[] turned = {};

  FactorSink(LayerFactors visitor, int parameter) {
    this.visitor = visitor;
    this.parameter = parameter;
  }

  @Override
  void start(double[] target, int offset) {
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
    if (turned.length != terms * rows) {
      turned = new double[terms * rows];
    }
    if (byColumns) {
      Kernels.transpose(left, atLeft, turned, 0, rows, terms);
    } else {
      System.arraycopy(left, atLeft, turned, 0, turned.length);
    }
    visitor.accept(parameter, turned, right, atRight, terms);
  }

  @Override
  void addRow(int row, double[] right, int atRight) {
    // A table's factors would be as wide as the table: it has none that are worth keeping.
  }

  @Override
  void addWhole(double[] matrix, int at) {
    // A tensor that is used in other ways has no factors.
  }
}
