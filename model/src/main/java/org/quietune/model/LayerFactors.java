package org.quietune.model;

/**
 * Is shown what one record's gradient of a linear or convolutional weight is made of: the matrix
 * (rows × columns) is {@code Σ_t l_t r_tᵀ}. For curvature on PUBLIC records.
 */
@FunctionalInterface
public interface LayerFactors {
  /**
   * One use of a weight.
   *
   * @param parameter its place among the network's parameters
   * @param left the l_t, row-major {@code terms × rows}; valid during the call
   * @param right the r_t, row-major from {@code atRight} on, {@code terms × columns}
   */
  void accept(int parameter, double[] left, double[] right, int atRight, int terms);
}
