package org.quietune.model;

import java.util.Arrays;

/** One operator on one record, forward and backward. Holds slots and shapes, never values. */
interface RowOperator {
  /** Overwrites the output's value. */
  void forward(RowMemory memory);

  /**
   * Adds to the adjoint of every input that depends on θ what the output's adjoint contributes. A
   * weight's gradient goes to {@link RowMemory#gradient} instead.
   */
  void backward(RowMemory memory);

  /**
   * A value of the graph for one record.
   *
   * @param index of its arrays in the memory
   * @param width number of columns
   * @param trained whether it depends on θ, so that it has an adjoint
   * @param logical whether it holds truth values, 1 or 0
   */
  record Slot(int index, int width, boolean trained, boolean logical) {
    /** Step per column when broadcast to {@code columns}. */
    int stride(int columns) {
      return width == columns ? 1 : 0;
    }
  }

  /** An elementwise function of one value. */
  record Unary(UnaryFunction function, Slot input, Slot output) implements RowOperator {
    enum UnaryFunction {
      IS_NAN {
        @Override
        double value(double x) {
          return Double.isNaN(x) ? 1 : 0;
        }

        @Override
        double adjoint(double y, double g) {
          return 0;
        }
      },
      RELU {
        @Override
        double value(double x) {
          return Math.max(x, 0.0);
        }

        @Override
        double adjoint(double y, double g) {
          return y <= 0 ? 0 : g;
        }
      },
      SIGMOID {
        @Override
        double value(double x) {
          return CrossEntropy.sigmoid(x);
        }

        @Override
        double adjoint(double y, double g) {
          return g * (1 - y) * y;
        }
      },
      TANH {
        @Override
        double value(double x) {
          return StrictMath.tanh(x);
        }

        @Override
        double adjoint(double y, double g) {
          return g * (1 - y * y);
        }
      };

      abstract double value(double x);

      /** The input's adjoint from the output y and its adjoint g. */
      abstract double adjoint(double y, double g);
    }

    @Override
    public void forward(RowMemory memory) {
      double[] x = memory.value(input);
      double[] y = memory.value(output);
      for (int j = 0; j < y.length; j++) {
        y[j] = function.value(x[j]);
      }
    }

    @Override
    public void backward(RowMemory memory) {
      double[] y = memory.value(output);
      double[] g = memory.adjoint(output);
      double[] to = memory.adjoint(input);
      for (int j = 0; j < y.length; j++) {
        to[j] += function.adjoint(y[j], g[j]);
      }
    }
  }

  /** An elementwise function of two values, either of which may be one column broadcast to all. */
  record Binary(BinaryFunction function, Slot left, Slot right, Slot output)
      implements RowOperator {
    enum BinaryFunction {
      ADD {
        @Override
        double value(double a, double b) {
          return a + b;
        }

        @Override
        double left(double a, double b, double g) {
          return g;
        }

        @Override
        double right(double a, double b, double g) {
          return g;
        }
      },
      SUB {
        @Override
        double value(double a, double b) {
          return a - b;
        }

        @Override
        double left(double a, double b, double g) {
          return g;
        }

        @Override
        double right(double a, double b, double g) {
          return -g;
        }
      },
      MUL {
        @Override
        double value(double a, double b) {
          return a * b;
        }

        @Override
        double left(double a, double b, double g) {
          return g * b;
        }

        @Override
        double right(double a, double b, double g) {
          return g * a;
        }
      },
      DIV {
        @Override
        double value(double a, double b) {
          return a / b;
        }

        @Override
        double left(double a, double b, double g) {
          return g / b;
        }

        @Override
        double right(double a, double b, double g) {
          return -g * (a / b / b);
        }
      },
      MAX {
        @Override
        double value(double a, double b) {
          return Math.max(a, b);
        }

        @Override
        double left(double a, double b, double g) {
          return a < b ? 0 : half(a, b, g);
        }

        @Override
        double right(double a, double b, double g) {
          return a > b ? 0 : half(a, b, g);
        }
      },
      MIN {
        @Override
        double value(double a, double b) {
          return Math.min(a, b);
        }

        @Override
        double left(double a, double b, double g) {
          return a > b ? 0 : half(a, b, g);
        }

        @Override
        double right(double a, double b, double g) {
          return a < b ? 0 : half(a, b, g);
        }
      };

      abstract double value(double a, double b);

      /** The left input's adjoint from both inputs and the output's adjoint g. */
      abstract double left(double a, double b, double g);

      /** The right input's adjoint from both inputs and the output's adjoint g. */
      abstract double right(double a, double b, double g);

      /** A tie shares the adjoint, as libtorch does. */
      private static double half(double a, double b, double g) {
        return a == b ? g / 2 : g;
      }
    }

    @Override
    public void forward(RowMemory memory) {
      double[] a = memory.value(left);
      double[] b = memory.value(right);
      double[] y = memory.value(output);
      int strideA = left.stride(y.length);
      int strideB = right.stride(y.length);
      for (int j = 0; j < y.length; j++) {
        y[j] = function.value(a[j * strideA], b[j * strideB]);
      }
    }

    @Override
    public void backward(RowMemory memory) {
      double[] a = memory.value(left);
      double[] b = memory.value(right);
      double[] g = memory.adjoint(output);
      int strideA = left.stride(g.length);
      int strideB = right.stride(g.length);
      if (left.trained()) {
        double[] to = memory.adjoint(left);
        for (int j = 0; j < g.length; j++) {
          to[j * strideA] += function.left(a[j * strideA], b[j * strideB], g[j]);
        }
      }
      if (right.trained()) {
        double[] to = memory.adjoint(right);
        for (int j = 0; j < g.length; j++) {
          to[j * strideB] += function.right(a[j * strideA], b[j * strideB], g[j]);
        }
      }
    }
  }

  /** Chooses column by column. */
  record Where(Slot condition, Slot yes, Slot no, Slot output) implements RowOperator {
    @Override
    public void forward(RowMemory memory) {
      double[] chosen = memory.value(condition);
      double[] a = memory.value(yes);
      double[] b = memory.value(no);
      double[] y = memory.value(output);
      int stride = condition.stride(y.length);
      int strideA = yes.stride(y.length);
      int strideB = no.stride(y.length);
      for (int j = 0; j < y.length; j++) {
        y[j] = chosen[j * stride] != 0 ? a[j * strideA] : b[j * strideB];
      }
    }

    @Override
    public void backward(RowMemory memory) {
      addWhere(memory, yes, true);
      addWhere(memory, no, false);
    }

    private void addWhere(RowMemory memory, Slot input, boolean taken) {
      if (input.trained()) {
        double[] chosen = memory.value(condition);
        double[] g = memory.adjoint(output);
        double[] to = memory.adjoint(input);
        int stride = condition.stride(g.length);
        int strideTo = input.stride(g.length);
        for (int j = 0; j < g.length; j++) {
          to[j * strideTo] += (chosen[j * stride] != 0) == taken ? g[j] : 0;
        }
      }
    }
  }

  /**
   * The product with a trained weight: output[j] = Σ over i of input[i] · W[i][j], summed in the
   * order of i.
   *
   * @param weight the trained tensor
   * @param number its place among the weights of the memory
   * @param transposed whether θ holds it outputs × inputs
   * @param last whether no later node uses the weight, so that the backward pass meets it here
   *     first and writes where it otherwise adds
   */
  record Multiply(
      ParameterInfo weight, int number, boolean transposed, boolean last, Slot input, Slot output)
      implements RowOperator {
    /** Below this many outputs, a loop over them is too short to pay. */
    private static final int FEW_OUTPUTS = 8;

    @Override
    public void forward(RowMemory memory) {
      double[] a = memory.value(input);
      double[] y = memory.value(output);
      if (y.length < FEW_OUTPUTS) {
        double[][] byOutput = memory.weight(number).byOutput();
        for (int j = 0; j < y.length; j++) {
          y[j] = dot(a, byOutput[j]);
        }
        return;
      }
      double[][] byInput = memory.weight(number).byInput();
      Arrays.fill(y, 0);
      for (int i = 0; i < a.length; i++) {
        addScaled(a[i], byInput[i], y);
      }
    }

    @Override
    public void backward(RowMemory memory) {
      double[] a = memory.value(input);
      double[] b = memory.adjoint(output);
      double[] rows = transposed ? b : a;
      double[] columns = transposed ? a : b;
      double[] gradient = memory.gradient();
      int at = memory.gradientOffset() + weight.offset();
      for (double factor : rows) {
        if (last) {
          writeScaled(factor, columns, gradient, at);
        } else {
          addScaled(factor, columns, gradient, at);
        }
        at += columns.length;
      }
      if (input.trained()) {
        double[][] byOutput = memory.weight(number).byOutput();
        double[] to = memory.adjoint(input);
        for (int j = 0; j < b.length; j++) {
          addScaled(b[j], byOutput[j], to);
        }
      }
    }

    private static double dot(double[] a, double[] w) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += a[i] * w[i];
      }
      return sum;
    }

    private static void addScaled(double factor, double[] x, double[] y) {
      for (int j = 0; j < x.length; j++) {
        y[j] += factor * x[j];
      }
    }

    private static void addScaled(double factor, double[] x, double[] y, int at) {
      for (int j = 0; j < x.length; j++) {
        y[at + j] += factor * x[j];
      }
    }

    private static void writeScaled(double factor, double[] x, double[] y, int at) {
      for (int j = 0; j < x.length; j++) {
        y[at + j] = factor * x[j];
      }
    }
  }
}
