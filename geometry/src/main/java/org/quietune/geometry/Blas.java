package org.quietune.geometry;

import org.bytedeco.openblas.global.openblas;

/** The few OpenBLAS and LAPACK calls that geometry needs, on row-major double arrays. */
final class Blas {
  private Blas() {}

  /** {@code c = a·b} for a (m×k), b (k×n), c (m×n). */
  static void multiply(int m, int n, int k, double[] a, double[] b, double[] c) {
    openblas.cblas_dgemm(
        openblas.CblasRowMajor,
        openblas.CblasNoTrans,
        openblas.CblasNoTrans,
        m,
        n,
        k,
        1.0,
        a,
        k,
        b,
        n,
        0.0,
        c,
        n);
  }

  /** {@code c = a·bᵀ} for a (m×k), b (n×k), c (m×n). */
  static void multiplyTransposed(int m, int n, int k, double[] a, double[] b, double[] c) {
    openblas.cblas_dgemm(
        openblas.CblasRowMajor,
        openblas.CblasNoTrans,
        openblas.CblasTrans,
        m,
        n,
        k,
        1.0,
        a,
        k,
        b,
        k,
        0.0,
        c,
        n);
  }

  /** {@code c += aᵀ·a} on the upper triangle, for a (m×k), c (k×k). */
  static void addGram(int m, int k, double[] a, double[] c) {
    openblas.cblas_dsyrk(
        openblas.CblasRowMajor,
        openblas.CblasUpper,
        openblas.CblasTrans,
        k,
        m,
        1.0,
        a,
        k,
        1.0,
        c,
        k);
  }

  /** The transpose of a row-major rows×columns matrix. */
  static double[] transposed(int rows, int columns, double[] matrix) {
    double[] transposed = new double[matrix.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        transposed[j * rows + i] = matrix[i * columns + j];
      }
    }
    return transposed;
  }

  /**
   * Eigenvalues in ascending order into {@code values}; eigenvectors replace {@code matrix}, one
   * per row. Reads the upper triangle of the row-major matrix.
   */
  static void symmetricEigen(int k, double[] matrix, double[] values) {
    // LAPACK sees the transpose: its lower triangle is our upper one, its columns are our rows.
    int info =
        openblas.LAPACKE_dsyevd(
            openblas.LAPACK_COL_MAJOR, (byte) 'V', (byte) 'L', k, matrix, k, values);
    if (info != 0) {
      throw new ArithmeticException("symmetric eigendecomposition failed: LAPACK info " + info);
    }
  }
}
