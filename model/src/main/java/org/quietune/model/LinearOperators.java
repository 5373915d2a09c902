package org.quietune.model;

import java.util.Map;

/** Products of matrices. */
final class LinearOperators {
  private LinearOperators() {}

  static Map<String, Lowering> all() {
    return Map.of(
        "Einsum", Lowering.single(Einsum::lower),
        "Gemm", Lowering.single(LinearOperators::gemm),
        "MatMul", Lowering.single(LinearOperators::matMul));
  }

  /** α · A · B + β · C, with A or B transposed on demand. */
  private static Value gemm(OnnxNode node, ProgramBuilder to) {
    Value a = node.input(0);
    Value b = node.input(1);
    if (a.shape().rank() != 2 || b.shape().rank() != 2) {
      throw new IllegalArgumentException("factors must be matrices");
    }
    if (node.flag("transA", false)) {
      a = to.transpose(a, new int[] {1, 0});
    }
    Value y = to.product(a, b, node.flag("transB", false));
    double alpha = node.number("alpha", 1);
    if (alpha != 1) {
      y = to.multiply(y, to.number(alpha));
    }
    if (!node.has(2)) {
      return y;
    }
    double beta = node.number("beta", 1);
    Value c = node.input(2);
    Value sum = to.add(y, beta == 1 ? c : to.multiply(c, to.number(beta)));
    if (!sum.shape().equals(y.shape())) {
      throw new IllegalArgumentException("input 2 is wider than the product");
    }
    return sum;
  }

  /** Vectors are rows on the left and columns on the right, as in numpy. */
  private static Value matMul(OnnxNode node, ProgramBuilder to) {
    Value a = node.input(0);
    Value b = node.input(1);
    boolean row = a.shape().rank() == 1;
    boolean column = b.shape().rank() == 1;
    Value y = to.product(row ? to.unsqueeze(a, 0) : a, column ? to.unsqueeze(b, 1) : b, false);
    int rank = y.shape().rank();
    y = row ? to.squeeze(y, rank - 2) : y;
    return column ? to.squeeze(y, y.shape().rank() - 1) : y;
  }
}
