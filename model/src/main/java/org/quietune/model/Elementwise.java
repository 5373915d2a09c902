package org.quietune.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Operations that compute each entry from the entries at the same place. */
final class Elementwise {
  private Elementwise() {}

  /** A function of one value. */
  static final class Unary extends Operation {
    private final UnaryFunction function;

    Unary(UnaryFunction function, Value x, Value output) {
      super(output, x);
      this.function = function;
    }

    @Override
    void forward(RowMemory memory) {
      double[] x = memory.value(input(0));
      double[] y = memory.value(output());
      if (function.rows() != null) {
        function.rows().value(x, y, y.length);
        return;
      }
      for (int j = 0; j < y.length; j++) {
        y[j] = function.value().applyAsDouble(x[j]);
      }
    }

    @Override
    void backward(RowMemory memory) {
      double[] x = memory.value(input(0));
      double[] y = memory.value(output());
      double[] g = memory.adjoint(output());
      double[] to = memory.adjoint(input(0));
      int at = memory.adjointOffset(input(0));
      if (function.rows() != null && at == 0) {
        function.rows().addAdjoint(x, y, g, to, y.length);
        return;
      }
      for (int j = 0; j < y.length; j++) {
        to[at + j] += function.adjoint().of(x[j], y[j], g[j]);
      }
    }

    @Override
    Tensor tensor(TensorInputs in) {
      return function.tensor().apply(in.get(0));
    }
  }

  /** Conversion to another type; to an integer, cut toward zero. */
  static final class Cast extends Operation {
    Cast(Value x, Value output) {
      super(output, x);
    }

    @Override
    void forward(RowMemory memory) {
      double[] x = memory.value(input(0));
      double[] y = memory.value(output());
      for (int j = 0; j < y.length; j++) {
        y[j] =
            switch (output().type()) {
              case FLOAT -> x[j];
              case INT -> x[j] < 0 ? Math.ceil(x[j]) : Math.floor(x[j]);
              case BOOL -> x[j] != 0 ? 1 : 0;
            };
      }
    }

    @Override
    void backward(RowMemory memory) {
      // A gradient flows through floating-point values only, and those need no conversion.
    }

    @Override
    Tensor tensor(TensorInputs in) {
      return in.get(0)
          .to(
              switch (output().type()) {
                case FLOAT -> in.precision().scalarType();
                case INT -> torch.ScalarType.Long;
                case BOOL -> torch.ScalarType.Bool;
              });
    }
  }

  /** A function of two values of shapes that fit. */
  static final class Binary extends Operation {
    private final BinaryFunction function;
    private final Broadcast places;

    Binary(BinaryFunction function, Value left, Value right, Value output) {
      super(output, left, right);
      this.function = function;
      this.places = new Broadcast(output.shape(), left.shape(), right.shape());
    }

    @Override
    void forward(RowMemory memory) {
      double[] a = memory.value(input(0));
      double[] b = memory.value(input(1));
      double[] y = memory.value(output());
      int n = places.length();
      int stepA = places.step(0);
      int stepB = places.step(1);
      for (int row = 0; row < places.rows(); row++) {
        int atA = places.start(0, row);
        int atB = places.start(1, row);
        switch (function) {
          case ADD -> {
            if (stepA == 1 && stepB == 1) {
              memory.kernels().add(a, atA, b, atB, y, row * n, n);
            } else if (stepA == 1 && atA == row * n) {
              Kernels.add(a, b[atB], y, row * n, n);
            } else {
              function.values(a, atA, stepA, b, atB, stepB, y, row * n, n);
            }
          }
          default -> function.values(a, atA, stepA, b, atB, stepB, y, row * n, n);
        }
      }
    }

    @Override
    boolean isAffine() {
      return function == BinaryFunction.ADD || function == BinaryFunction.SUB;
    }

    @Override
    void backward(RowMemory memory) {
      double[] g = memory.adjoint(output());
      if (input(0).trained()) {
        add(memory, g, 0);
      }
      if (input(1).trained()) {
        add(memory, g, 1);
      }
    }

    private void add(RowMemory memory, double[] g, int side) {
      double[] a = memory.value(input(0));
      double[] b = memory.value(input(1));
      double[] to = memory.adjoint(input(side));
      int offset = memory.adjointOffset(input(side));
      int n = places.length();
      int stepA = places.step(0);
      int stepB = places.step(1);
      int step = places.step(side);
      for (int row = 0; row < places.rows(); row++) {
        int atA = places.start(0, row);
        int atB = places.start(1, row);
        int at = offset + places.start(side, row);
        if (function == BinaryFunction.ADD && step == 1) {
          memory.kernels().add(to, at, g, row * n, to, at, n);
          continue;
        }
        if (function == BinaryFunction.ADD) {
          to[at] = Kernels.sum(to[at], g, row * n, n);
          continue;
        }
        for (int j = 0; j < n; j++) {
          double x = a[atA + j * stepA];
          double z = b[atB + j * stepB];
          double adjoint = g[row * n + j];
          to[at + j * step] +=
              side == 0 ? function.left(x, z, adjoint) : function.right(x, z, adjoint);
        }
      }
    }

    @Override
    Tensor tensor(TensorInputs in) {
      int rank = output().shape().rank();
      return function.tensor(in.aligned(0, rank), in.aligned(1, rank));
    }
  }

  /** Chooses entry by entry. */
  static final class Where extends Operation {
    private final Broadcast places;

    Where(Value condition, Value yes, Value no, Value output) {
      super(output, condition, yes, no);
      this.places = new Broadcast(output.shape(), condition.shape(), yes.shape(), no.shape());
    }

    @Override
    void forward(RowMemory memory) {
      double[] chosen = memory.value(input(0));
      double[] yes = memory.value(input(1));
      double[] no = memory.value(input(2));
      double[] y = memory.value(output());
      int n = places.length();
      for (int row = 0; row < places.rows(); row++) {
        choose(
            chosen,
            places.start(0, row),
            places.step(0),
            yes,
            places.start(1, row),
            places.step(1),
            no,
            places.start(2, row),
            places.step(2),
            y,
            row * n,
            n);
      }
    }

    @Override
    void backward(RowMemory memory) {
      double[] chosen = memory.value(input(0));
      double[] g = memory.adjoint(output());
      int n = places.length();
      for (int side = 1; side < 3; side++) {
        if (!input(side).trained()) {
          continue;
        }
        double[] to = memory.adjoint(input(side));
        int at = memory.adjointOffset(input(side));
        for (int row = 0; row < places.rows(); row++) {
          for (int j = 0; j < n; j++) {
            boolean taken = (chosen[place(0, row, j)] != 0) == (side == 1);
            to[at + place(side, row, j)] += taken ? g[row * n + j] : 0;
          }
        }
      }
    }

    private static void choose(
        double[] chosen,
        int atChosen,
        int stepChosen,
        double[] yes,
        int atYes,
        int stepYes,
        double[] no,
        int atNo,
        int stepNo,
        double[] y,
        int at,
        int n) {
      for (int j = 0; j < n; j++) {
        y[at + j] =
            chosen[atChosen + j * stepChosen] != 0
                ? yes[atYes + j * stepYes]
                : no[atNo + j * stepNo];
      }
    }

    private int place(int input, int row, int j) {
      return places.start(input, row) + j * places.step(input);
    }

    @Override
    Tensor tensor(TensorInputs in) {
      int rank = output().shape().rank();
      return torch.where(in.aligned(0, rank), in.aligned(1, rank), in.aligned(2, rank));
    }
  }
}
