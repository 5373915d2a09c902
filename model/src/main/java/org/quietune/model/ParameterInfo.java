package org.quietune.model;

import java.util.List;

/**
 * One trainable tensor of a model, and where it lies in the flat parameter vector θ.
 *
 * @param name the ONNX initializer's name
 * @param shape its dimensions; values are row-major
 * @param offset index of its first value in θ
 * @param role what the tensor does in its layer
 */
public record ParameterInfo(String name, List<Integer> shape, int offset, Role role) {
  /** What a trainable tensor does in its layer. */
  public enum Role {
    /** Multiplies the layer's input. */
    WEIGHT,
    /** Is added to the layer's output. */
    BIAS,
    /** Multiplies the layer's output entry by entry, as after a normalization. */
    SCALE
  }

  public ParameterInfo {
    shape = List.copyOf(shape);
    if (offset < 0) {
      throw new IllegalArgumentException("offset must be at least 0, was " + offset);
    }
  }

  /** Number of values: the product of the dimensions. */
  public int size() {
    int size = 1;
    for (int dimension : shape) {
      size = Math.multiplyExact(size, dimension);
    }
    return size;
  }

  /**
   * Rows of the tensor read as a matrix: its first extent, without leading extents of 1 where it
   * has more than two; 1 for a vector.
   */
  public int matrixRows() {
    return shape.size() < 2 ? 1 : shape.get(matrixAxis());
  }

  /** Columns of the tensor read as a matrix: its other extents, multiplied. */
  public int matrixColumns() {
    return shape.size() < 2 ? size() : size() / Math.max(1, matrixRows());
  }

  private int matrixAxis() {
    int axis = 0;
    while (shape.size() - axis > 2 && shape.get(axis) == 1) {
      axis++;
    }
    return axis;
  }
}
