package org.quietune.model;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The product of matrices, A · B or A · Bᵀ, for each pair along the axes before the last two: entry
 * (i, j) is the sum of A(i, p) B(p, j) in the order of p.
 */
final class MatrixProduct extends Operation {
  private final boolean transposed;
  private final int rows;
  private final int inner;
  private final int columns;
  private final int[] placesA;
  private final int[] placesB;

  /**
   * @param a at least two axes, the last of extent k
   * @param b k × n, or n × k when transposed, behind axes that fit those of {@code a}
   */
  MatrixProduct(Value a, Value b, boolean transposed, Value output) {
    super(output, a, b);
    this.transposed = transposed;
    Shape left = a.shape();
    Shape right = b.shape();
    inner = left.dim(left.rank() - 1);
    columns = output.shape().dim(output.shape().rank() - 1);
    int matricesB = right.product(0, right.rank() - 2);
    if (matricesB == 1) {
      // One right factor: all rows of A are rows of one product.
      rows = left.product(0, left.rank() - 1);
      placesA = new int[1];
      placesB = new int[1];
    } else {
      rows = left.dim(left.rank() - 2);
      Shape shape = output.shape();
      Broadcast matrices =
          new Broadcast(
              shape.part(0, shape.rank() - 2),
              left.part(0, left.rank() - 2),
              right.part(0, right.rank() - 2));
      placesA = places(matrices, 0);
      placesB = places(matrices, 1);
    }
  }

  private static int[] places(Broadcast matrices, int side) {
    int[] places = new int[matrices.rows() * matrices.length()];
    for (int i = 0; i < places.length; i++) {
      places[i] =
          matrices.start(side, i / matrices.length()) + i % matrices.length() * matrices.step(side);
    }
    return places;
  }

  private int sizeB() {
    return inner * columns;
  }

  @Override
  double @Nullable [] prepare(RowMemory memory) {
    if (input(1).perRecord()) {
      return null;
    }
    double[] b = memory.value(input(1));
    double[] turned = new double[b.length];
    for (int from = 0; from + sizeB() <= b.length && sizeB() > 0; from += sizeB()) {
      turn(b, from, turned, from);
    }
    return turned;
  }

  private void turn(double[] b, int from, double[] out, int at) {
    Kernels.transpose(b, from, out, at, transposed ? columns : inner, transposed ? inner : columns);
  }

  @Override
  boolean isAffine() {
    return !(input(0).dependsOnTheta() && input(1).dependsOnTheta());
  }

  @Override
  boolean hasFactors(int input) {
    return input == 1 && input(0).perRecord() && input(1).shape().rank() == 2;
  }

  @Override
  int scratch() {
    return sizeB();
  }

  @Override
  void forward(RowMemory memory) {
    double[] a = memory.value(input(0));
    double[] b = memory.value(input(1));
    double[] y = memory.value(output());
    Arrays.fill(y, 0);
    boolean byColumns = columns < Kernels.FEW_COLUMNS;
    double[] turned = memory.prepared(this);
    for (int i = 0; i < placesA.length; i++) {
      int atA = placesA[i] * rows * inner;
      int atB = placesB[i] * sizeB();
      int at = i * rows * columns;
      double[] factor = b;
      if (byColumns != transposed) {
        factor = turned;
        if (turned.length == 0) {
          factor = memory.scratch();
          turn(b, atB, factor, 0);
          atB = 0;
        }
      }
      if (byColumns) {
        Kernels.multiplyByColumns(a, atA, factor, atB, y, at, rows, inner, columns);
      } else {
        memory.kernels().multiply(a, atA, factor, atB, y, at, rows, inner, columns);
      }
    }
  }

  @Override
  void backward(RowMemory memory) {
    double[] g = memory.adjoint(output());
    if (input(0).trained()) {
      addToLeft(memory, g);
    }
    if (input(1).trained()) {
      addToRight(memory, g);
    }
  }

  private void addToLeft(RowMemory memory, double[] g) {
    double[] b = memory.value(input(1));
    double[] turned = memory.prepared(this);
    double[] to = memory.adjoint(input(0));
    int offset = memory.adjointOffset(input(0));
    for (int i = 0; i < placesA.length; i++) {
      int target = offset + placesA[i] * rows * inner;
      int atB = placesB[i] * sizeB();
      double[] factor = b;
      if (!transposed) {
        factor = turned;
        if (turned.length == 0) {
          factor = memory.scratch();
          turn(b, atB, factor, 0);
          atB = 0;
        }
      }
      memory
          .kernels()
          .multiply(g, i * rows * columns, factor, atB, to, target, rows, columns, inner);
    }
  }

  private void addToRight(RowMemory memory, double[] g) {
    double[] a = memory.value(input(0));
    TensorSink sink = memory.sink(input(1));
    if (sink != null) {
      if (transposed) {
        sink.add(g, 0, false, a, 0, rows, 0, columns);
      } else {
        sink.add(a, 0, false, g, 0, rows, 0, inner);
      }
      return;
    }
    int offset = memory.adjointOffset(input(1));
    if (rows == 1 && placesA.length == 1 && memory.claim(input(1))) {
      // The first contribution is written, which saves clearing a large array before.
      double[] to = memory.adjoint(input(1));
      if (transposed) {
        memory.kernels().outer(g, 0, a, 0, to, offset, columns, inner);
      } else {
        memory.kernels().outer(a, 0, g, 0, to, offset, inner, columns);
      }
      return;
    }
    double[] to = memory.adjoint(input(1));
    for (int i = 0; i < placesA.length; i++) {
      int atA = placesA[i] * rows * inner;
      int atG = i * rows * columns;
      int target = offset + placesB[i] * sizeB();
      if (transposed) {
        memory.kernels().multiplyTransposed(g, atG, a, atA, to, target, rows, columns, inner);
      } else {
        memory.kernels().multiplyTransposed(a, atA, g, atG, to, target, rows, inner, columns);
      }
    }
  }

  /**
   * Adds one record's gradient of a right factor that all records share.
   *
   * @param kernels the thread's
   * @param a left factors of all records, row-major
   * @param g adjoints of all products
   */
  void addToFactor(Kernels kernels, double[] a, double[] g, int record, double[] to, int target) {
    int atA = record * rows * inner;
    int atG = record * rows * columns;
    if (transposed) {
      kernels.multiplyTransposed(g, atG, a, atA, to, target, rows, columns, inner);
    } else {
      kernels.multiplyTransposed(a, atA, g, atG, to, target, rows, inner, columns);
    }
  }

  @Override
  Tensor tensor(TensorInputs in) {
    Tensor right = transposed ? in.get(1).transpose(-1, -2) : in.get(1);
    if (input(1).shape().rank() == 2) {
      Tensor left = TensorInputs.reshaped(in.get(0), rows, inner);
      return in.shaped(left.matmul(right.size(0) == 1 ? right.squeeze(0) : right));
    }
    int rank = output().shape().rank();
    Tensor left = in.aligned(0, rank);
    Tensor aligned = in.aligned(1, rank);
    return left.matmul(transposed ? aligned.transpose(-1, -2) : aligned);
  }
}
