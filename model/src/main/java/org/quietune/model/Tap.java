package org.quietune.model;

import org.bytedeco.pytorch.Tensor;

/**
 * One place where a trained tensor entered the forward pass. Given the gradient b of some scalar
 * per record with respect to the place's output, it knows the gradient with respect to the tensor.
 *
 * <p>Every rule adds to its target, so a tensor used in several places gets the sum.
 */
interface Tap {
  /** The output of the place, [N, outputs]: what the backward pass is asked the gradient of. */
  Tensor output();

  /** Copies what the rule needs out of native memory. */
  Rule rule(Precision precision);

  /** Adds Σ over records of the tensor's gradient to {@code total}, a vector of θ's length. */
  void addSum(Precision precision, Tensor outputGradient, double[] total);

  /** The per-record rule. */
  @FunctionalInterface
  interface Rule {
    /**
     * Adds one record's gradient.
     *
     * @param outputGradient row-major [N, outputs]
     * @param record the row
     * @param target where to add
     * @param start index in {@code target} of θ's first coordinate
     */
    void addRecord(double[] outputGradient, int record, double[] target, int start);
  }

  /**
   * A weight W in output = α · activation · W (or · Wᵀ when transposed): per record the outer
   * product of the activation and the output gradient.
   */
  record Weight(
      ParameterInfo parameter, boolean transposed, double alpha, Tensor activation, Tensor output)
      implements Tap {
    @Override
    public Rule rule(Precision precision) {
      double[] a = precision.values(activation);
      int first = parameter.shape().get(0);
      int second = parameter.shape().get(1);
      int inputs = transposed ? second : first;
      int outputs = transposed ? first : second;
      int offset = parameter.offset();
      return (b, record, target, start) -> {
        double[] rows = transposed ? b : a;
        double[] columns = transposed ? a : b;
        int row = record * (transposed ? outputs : inputs);
        int column = record * (transposed ? inputs : outputs);
        int at = start + offset;
        // No shortcut for a zero factor: the time of a pass must not depend on private values.
        for (int i = 0; i < first; i++) {
          double factor = alpha * rows[row + i];
          for (int j = 0; j < second; j++) {
            target[at + j] += factor * columns[column + j];
          }
          at += second;
        }
      };
    }

    @Override
    public void addSum(Precision precision, Tensor outputGradient, double[] total) {
      Tensor sum =
          transposed
              ? outputGradient.t().matmul(activation)
              : activation.t().matmul(outputGradient);
      double[] values = precision.values(sum);
      for (int i = 0; i < values.length; i++) {
        total[parameter.offset() + i] += alpha * values[i];
      }
    }
  }

  /**
   * A bias c in output = … + β · c, one value per output: per record β times the output gradient.
   */
  record Bias(ParameterInfo parameter, double beta, Tensor output) implements Tap {
    @Override
    public Rule rule(Precision precision) {
      int outputs = parameter.size();
      int offset = parameter.offset();
      return (b, record, target, start) -> {
        for (int i = 0; i < outputs; i++) {
          target[start + offset + i] += beta * b[record * outputs + i];
        }
      };
    }

    @Override
    public void addSum(Precision precision, Tensor outputGradient, double[] total) {
      double[] values = precision.values(outputGradient.sum(0));
      for (int i = 0; i < values.length; i++) {
        total[parameter.offset() + i] += beta * values[i];
      }
    }
  }
}
