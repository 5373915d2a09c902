package org.quietune.model;

import java.util.Arrays;
import java.util.List;
import org.quietune.model.RowOperator.Slot;

/**
 * What one thread needs to run one record at a time: the arrays of every value and adjoint, and the
 * weights of a pass. Constants and parameters are shared and only read.
 */
final class RowMemory {
  /**
   * A weight in both orders, so that the inner loop of either direction runs over neighbors.
   *
   * @param byInput inputs × outputs
   * @param byOutput outputs × inputs
   */
  @SuppressWarnings("ArrayRecordComponent") // bulk numbers, shared on purpose
  record Weight(double[][] byInput, double[][] byOutput) {}

  private static final double[] NOTHING = {};

  private final double[][] values;
  private final double[][] adjoints;
  private final List<Weight> weights;
  private double[] gradient = NOTHING;
  private int gradientOffset;

  /**
   * @param fixed the array of every constant and bias, by slot; an empty array for a value that
   *     differs by record
   */
  RowMemory(List<Slot> slots, double[][] fixed, List<Weight> weights) {
    this.weights = weights;
    values = new double[slots.size()][];
    adjoints = new double[slots.size()][];
    for (Slot slot : slots) {
      int index = slot.index();
      values[index] = fixed[index].length > 0 ? fixed[index] : new double[slot.width()];
      adjoints[index] = slot.trained() ? new double[slot.width()] : NOTHING;
    }
  }

  double[] value(Slot slot) {
    return values[slot.index()];
  }

  double[] adjoint(Slot slot) {
    return adjoints[slot.index()];
  }

  Weight weight(int number) {
    return weights.get(number);
  }

  /** Starts a backward pass: every adjoint is 0, weights' gradients go to {@code target}. */
  void startBackward(double[] target, int offset) {
    for (double[] adjoint : adjoints) {
      Arrays.fill(adjoint, 0);
    }
    gradient = target;
    gradientOffset = offset;
  }

  /** Lets go of the caller's array. */
  void endBackward() {
    gradient = NOTHING;
  }

  double[] gradient() {
    return gradient;
  }

  /** Where θ's first coordinate lies in {@link #gradient}. */
  int gradientOffset() {
    return gradientOffset;
  }
}
