package org.quietune.model;

/**
 * Loops over flat arrays whose results have one order of operations per entry, whatever the sizes
 * of anything else.
 *
 * <p>The inner loops run over neighboring results, so that a compiler may use vector instructions
 * without changing a bit, and take several terms of a sum at a time, in their order.
 */
final class Kernels {
  /** Terms of a sum that one pass over the results adds. */
  private static final int TERMS = 4;

  /** Rows of the right factor that should stay in the first cache. */
  private static final int BLOCK = 32;

  /** Below this many columns, a loop over them is too short to pay. */
  static final int FEW_COLUMNS = 8;

  private Kernels() {}

  /** y = a + b. */
  static void add(double[] a, int atA, double[] b, int atB, double[] y, int at, int n) {
    for (int j = 0; j < n; j++) {
      y[at + j] = a[atA + j] + b[atB + j];
    }
  }

  /** y = a + b for one number b. */
  static void add(double[] a, int atA, double b, double[] y, int at, int n) {
    for (int j = 0; j < n; j++) {
      y[at + j] = a[atA + j] + b;
    }
  }

  /**
   * C += A · B: adds to entry (i, j) the products A(i, p) B(p, j) in the order of p.
   *
   * @param a m × k, row-major, from {@code atA} on
   * @param b k × n
   * @param c m × n
   */
  static void multiply(
      double[] a, int atA, double[] b, int atB, double[] c, int atC, int m, int k, int n) {
    for (int from = 0; from < k; from += BLOCK) {
      int to = Math.min(k, from + BLOCK);
      int i = 0;
      for (; i + 1 < m; i += 2) {
        int row = atA + i * k;
        int result = atC + i * n;
        int p = from;
        for (; p + TERMS <= to; p += TERMS) {
          addScaledToTwo(a, row + p, k, b, atB + p * n, n, c, result);
        }
        for (; p < to; p++) {
          addScaled(a[row + p], b, atB + p * n, n, c, result);
          addScaled(a[row + k + p], b, atB + p * n, n, c, result + n);
        }
      }
      if (i < m) {
        int row = atA + i * k;
        int result = atC + i * n;
        int p = from;
        for (; p + TERMS <= to; p += TERMS) {
          int at = atB + p * n;
          addScaled(
              a[row + p], a[row + p + 1], a[row + p + 2], a[row + p + 3], b, at, n, c, result);
        }
        for (; p < to; p++) {
          addScaled(a[row + p], b, atB + p * n, n, c, result);
        }
      }
    }
  }

  /**
   * C += A · Bᵀ: the same sums, in the same order, for a right factor that is stored by column.
   *
   * @param a m × k, row-major, from {@code atA} on
   * @param b n × k
   * @param c m × n
   */
  static void multiplyByColumns(
      double[] a, int atA, double[] b, int atB, double[] c, int atC, int m, int k, int n) {
    for (int i = 0; i < m; i++) {
      int row = atA + i * k;
      for (int j = 0; j < n; j++) {
        int column = atB + j * k;
        double sum = c[atC + i * n + j];
        for (int p = 0; p < k; p++) {
          sum += a[row + p] * b[column + p];
        }
        c[atC + i * n + j] = sum;
      }
    }
  }

  /**
   * C += Aᵀ · B: adds to entry (p, j) the products A(i, p) B(i, j) in the order of i.
   *
   * @param a m × k, row-major, from {@code atA} on
   * @param b m × n
   * @param c k × n
   */
  static void multiplyTransposed(
      double[] a, int atA, double[] b, int atB, double[] c, int atC, int m, int k, int n) {
    for (int from = 0; from < m; from += BLOCK) {
      int to = Math.min(m, from + BLOCK);
      for (int p = 0; p < k; p++) {
        int result = atC + p * n;
        int i = from;
        for (; i + TERMS <= to; i += TERMS) {
          int at = atA + i * k + p;
          addScaled(a[at], a[at + k], a[at + 2 * k], a[at + 3 * k], b, atB + i * n, n, c, result);
        }
        for (; i < to; i++) {
          addScaled(a[atA + i * k + p], b, atB + i * n, n, c, result);
        }
      }
    }
  }

  /** C = a bᵀ: writes the outer product of a column of k and a row of n entries. */
  static void outer(double[] a, int atA, double[] b, int atB, double[] c, int atC, int k, int n) {
    for (int p = 0; p < k; p++) {
      double factor = a[atA + p];
      int at = atC + p * n;
      for (int j = 0; j < n; j++) {
        c[at + j] = factor * b[atB + j];
      }
    }
  }

  /** The same, each entry times a factor of its own. */
  static void outerTimes(
      double[] a,
      int atA,
      double[] b,
      int atB,
      double[] factors,
      int atFactors,
      double[] c,
      int atC,
      int k,
      int n) {
    for (int p = 0; p < k; p++) {
      double factor = a[atA + p];
      int at = atC + p * n;
      int from = atFactors + p * n;
      for (int j = 0; j < n; j++) {
        c[at + j] = factor * b[atB + j] * factors[from + j];
      }
    }
  }

  /** y = y · factors, entry by entry. */
  static void scale(double[] y, int at, double[] factors, int atFactors, int n) {
    for (int j = 0; j < n; j++) {
      y[at + j] *= factors[atFactors + j];
    }
  }

  /** Writes the transpose of a rows × columns matrix. */
  static void transpose(double[] a, int atA, double[] out, int at, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        out[at + j * rows + i] = a[atA + i * columns + j];
      }
    }
  }

  private static void addScaled(double factor, double[] x, int atX, int n, double[] y, int at) {
    for (int j = 0; j < n; j++) {
      y[at + j] += factor * x[atX + j];
    }
  }

  /** Adds four neighboring rows of x, the first first. */
  private static void addScaled(
      double a, double b, double c, double d, double[] x, int atX, int n, double[] y, int at) {
    int second = atX + n;
    int third = second + n;
    int fourth = third + n;
    for (int j = 0; j < n; j++) {
      y[at + j] =
          y[at + j] + a * x[atX + j] + b * x[second + j] + c * x[third + j] + d * x[fourth + j];
    }
  }

  /**
   * Adds the same four neighboring rows of x to two neighboring rows of y, each with factors of its
   * own: x is read once for both, which is what the processor waits for.
   *
   * @param a the first row's four factors from {@code at} on, the second's {@code stride} later
   */
  private static void addScaledToTwo(
      double[] a, int at, int stride, double[] x, int atX, int n, double[] y, int atY) {
    double a0 = a[at];
    double a1 = a[at + 1];
    double a2 = a[at + 2];
    double a3 = a[at + 3];
    double b0 = a[at + stride];
    double b1 = a[at + stride + 1];
    double b2 = a[at + stride + 2];
    double b3 = a[at + stride + 3];
    int second = atX + n;
    int third = second + n;
    int fourth = third + n;
    int next = atY + n;
    for (int j = 0; j < n; j++) {
      double x0 = x[atX + j];
      double x1 = x[second + j];
      double x2 = x[third + j];
      double x3 = x[fourth + j];
      y[atY + j] = y[atY + j] + a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3;
      y[next + j] = y[next + j] + b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3;
    }
  }
}
