package org.quietune.model;

/**
 * A loss of one row of outputs. The same bits everywhere: strict functions only, in a fixed order.
 */
interface LossFunction {
  /** The loss of one row; NaN for a label that means nothing. Never throws. */
  double loss(double[] outputs, int row, double label);

  /**
   * Writes weight × the gradient of one row's loss with respect to its outputs. Never throws.
   *
   * @param out receives the row, at its place
   */
  void gradient(double[] outputs, int row, double label, double weight, double[] out);
}
