package org.quietune.model;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** An elementwise function of two values. */
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

    @Override
    void values(
        double[] a, int atA, int stepA, double[] b, int atB, int stepB, double[] y, int at, int n) {
      for (int j = 0; j < n; j++) {
        y[at + j] = a[atA + j * stepA] - b[atB + j * stepB];
      }
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

    @Override
    void values(
        double[] a, int atA, int stepA, double[] b, int atB, int stepB, double[] y, int at, int n) {
      for (int j = 0; j < n; j++) {
        y[at + j] = a[atA + j * stepA] * b[atB + j * stepB];
      }
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

    @Override
    void values(
        double[] a, int atA, int stepA, double[] b, int atB, int stepB, double[] y, int at, int n) {
      for (int j = 0; j < n; j++) {
        y[at + j] = a[atA + j * stepA] / b[atB + j * stepB];
      }
    }
  },
  /** Division of integers, cut toward zero. */
  INTEGER_DIV {
    @Override
    double value(double a, double b) {
      double quotient = a / b;
      return quotient < 0 ? Math.ceil(quotient) : Math.floor(quotient);
    }
  },
  MAX {
    @Override
    double value(double a, double b) {
      return Math.max(a, b);
    }

    @Override
    double left(double a, double b, double g) {
      return a < b ? 0 : shared(a, b, g);
    }

    @Override
    double right(double a, double b, double g) {
      return a > b ? 0 : shared(a, b, g);
    }

    @Override
    void values(
        double[] a, int atA, int stepA, double[] b, int atB, int stepB, double[] y, int at, int n) {
      for (int j = 0; j < n; j++) {
        y[at + j] = Math.max(a[atA + j * stepA], b[atB + j * stepB]);
      }
    }
  },
  MIN {
    @Override
    double value(double a, double b) {
      return Math.min(a, b);
    }

    @Override
    double left(double a, double b, double g) {
      return a > b ? 0 : shared(a, b, g);
    }

    @Override
    double right(double a, double b, double g) {
      return a < b ? 0 : shared(a, b, g);
    }

    @Override
    void values(
        double[] a, int atA, int stepA, double[] b, int atB, int stepB, double[] y, int at, int n) {
      for (int j = 0; j < n; j++) {
        y[at + j] = Math.min(a[atA + j * stepA], b[atB + j * stepB]);
      }
    }
  },
  POW {
    @Override
    double value(double a, double b) {
      // The common exponents by what they mean, which is also what other libraries compute.
      return b == 2 ? a * a : b == 3 ? a * a * a : b == 0.5 ? Math.sqrt(a) : StrictMath.pow(a, b);
    }

    @Override
    double left(double a, double b, double g) {
      return b == 0 ? 0 : g * b * value(a, b - 1);
    }

    @Override
    double right(double a, double b, double g) {
      return a == 0 && b >= 0 ? 0 : g * value(a, b) * StrictMath.log(a);
    }
  },
  /** a, or a · b where a is negative: a leaky rectifier with its slope as second input. */
  SLOPE {
    @Override
    double value(double a, double b) {
      return a < 0 ? a * b : a;
    }

    @Override
    double left(double a, double b, double g) {
      return a > 0 ? g : g * b;
    }

    @Override
    double right(double a, double b, double g) {
      return a > 0 ? 0 : g * a;
    }
  },
  EQUAL {
    @Override
    double value(double a, double b) {
      return a == b ? 1 : 0;
    }
  },
  GREATER {
    @Override
    double value(double a, double b) {
      return a > b ? 1 : 0;
    }
  },
  GREATER_OR_EQUAL {
    @Override
    double value(double a, double b) {
      return a >= b ? 1 : 0;
    }
  },
  LESS {
    @Override
    double value(double a, double b) {
      return a < b ? 1 : 0;
    }
  },
  LESS_OR_EQUAL {
    @Override
    double value(double a, double b) {
      return a <= b ? 1 : 0;
    }
  },
  AND {
    @Override
    double value(double a, double b) {
      return a != 0 && b != 0 ? 1 : 0;
    }
  },
  OR {
    @Override
    double value(double a, double b) {
      return a != 0 || b != 0 ? 1 : 0;
    }
  },
  XOR {
    @Override
    double value(double a, double b) {
      return (a != 0) != (b != 0) ? 1 : 0;
    }
  };

  abstract double value(double a, double b);

  /**
   * The values of n neighbors; the inputs advance by their steps. Each of the common functions has
   * a loop of its own, in which Java need not look up what is computed for every entry.
   */
  void values(
      double[] a, int atA, int stepA, double[] b, int atB, int stepB, double[] y, int at, int n) {
    for (int j = 0; j < n; j++) {
      y[at + j] = value(a[atA + j * stepA], b[atB + j * stepB]);
    }
  }

  /** The left input's adjoint from both inputs and the output's adjoint g; 0 unless overridden. */
  double left(double a, double b, double g) {
    return 0;
  }

  /** The right input's adjoint from both inputs and the output's adjoint g; 0 unless overridden. */
  double right(double a, double b, double g) {
    return 0;
  }

  /** The same function on libtorch. */
  final Tensor tensor(Tensor a, Tensor b) {
    return switch (this) {
      case ADD -> a.add(b);
      case SUB -> a.sub(b);
      case MUL -> a.mul(b);
      case DIV -> a.div(b);
      case INTEGER_DIV ->
          a.to(torch.ScalarType.Double)
              .div(b.to(torch.ScalarType.Double))
              .trunc()
              .to(torch.ScalarType.Long);
      case MAX -> a.maximum(b);
      case MIN -> a.minimum(b);
      case POW -> a.pow(b);
      case SLOPE -> torch.where(torch.lt(a, new Scalar(0.0)), a.mul(b), a);
      case EQUAL -> torch.eq(a, b);
      case GREATER -> torch.gt(a, b);
      case GREATER_OR_EQUAL -> torch.ge(a, b);
      case LESS -> torch.lt(a, b);
      case LESS_OR_EQUAL -> torch.le(a, b);
      case AND -> a.logical_and(b);
      case OR -> a.logical_or(b);
      case XOR -> a.logical_xor(b);
    };
  }

  /** Whether the result is a truth value. */
  final boolean isLogical() {
    return switch (this) {
      case EQUAL, GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL, AND, OR, XOR -> true;
      default -> false;
    };
  }

  /** A tie shares the adjoint, as libtorch does. */
  private static double shared(double a, double b, double g) {
    return a == b ? g / 2 : g;
  }
}
