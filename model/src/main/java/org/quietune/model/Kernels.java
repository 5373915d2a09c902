package org.quietune.model;

import java.util.Arrays;

/**
 * Loops over flat arrays whose results have one order of operations per entry, whatever the sizes
 * of anything else.
 *
 * <p>The inner loops run over neighboring results, so that a compiler may use vector instructions
 * without changing a bit. HotSpot does so only where it knows that what a loop writes is not what
 * it reads a little later, and for two arrays it knows this only if the loop uses one index for
 * both. Entries {@code x[p + j]} and {@code y[q + j]} therefore meet in arrays of their own, where
 * both are at {@code j}: copying a row of 256 there and back takes far less than it saves.
 *
 * <p>For one thread: holds those arrays.
 */
final class Kernels {
  /**
   * Terms of a sum that one pass over two rows of results adds. With one more, HotSpot 17 finds the
   * loop too long for vectors.
   */
  private static final int TERMS = 3;

  /** Rows of results that meet the same terms; with their length, what the first cache holds. */
  private static final int ROWS = 32;

  private static final int LENGTH = 256;

  /** Below this many columns, a loop over them is too short to pay. */
  static final int FEW_COLUMNS = 8;

  /** Results of one pass of a loop in vectors; a length that it divides leaves no rest. */
  private static final int VECTOR = 8;

  private final double[][] terms;
  private final double[][] results;

  Kernels() {
    double[][] arrays = LikeAligned.arrays(TERMS + ROWS, LENGTH);
    terms = Arrays.copyOf(arrays, TERMS);
    results = Arrays.copyOfRange(arrays, TERMS, TERMS + ROWS);
  }

  /** Length of the parts that n neighbors are cut into: about equal, at most {@link #LENGTH}. */
  private static int part(int n) {
    int parts = Math.max(1, (n + LENGTH - 1) / LENGTH);
    return ((n + parts - 1) / parts + VECTOR - 1) / VECTOR * VECTOR;
  }

  /** y = a + b. */
  void add(double[] a, int atA, double[] b, int atB, double[] y, int at, int n) {
    double[] sum = results[0];
    double[] term = terms[0];
    int part = part(n);
    for (int from = 0; from < n; from += part) {
      int length = Math.min(part, n - from);
      System.arraycopy(a, atA + from, sum, 0, length);
      System.arraycopy(b, atB + from, term, 0, length);
      for (int j = 0; j < length; j++) {
        sum[j] += term[j];
      }
      System.arraycopy(sum, 0, y, at + from, length);
    }
  }

  /** y = a + b for one number b, entries at the same places. */
  static void add(double[] a, double b, double[] y, int at, int n) {
    for (int j = at; j < at + n; j++) {
      y[j] = a[j] + b;
    }
  }

  /** A number and then n entries, added in their order. */
  static double sum(double start, double[] x, int at, int n) {
    double sum = start;
    for (int j = at; j < at + n; j++) {
      sum += x[j];
    }
    return sum;
  }

  /**
   * C += A · B: adds to entry (i, j) the products A(i, p) B(p, j) in the order of p.
   *
   * @param a m × k, row-major, from {@code atA} on
   * @param b k × n
   * @param c m × n
   */
  void multiply(
      double[] a, int atA, double[] b, int atB, double[] c, int atC, int m, int k, int n) {
    addProducts(a, atA, k, 1, b, atB, c, atC, m, k, n);
  }

  /**
   * C += Aᵀ · B: adds to entry (p, j) the products A(i, p) B(i, j) in the order of i.
   *
   * @param a m × k, row-major, from {@code atA} on
   * @param b m × n
   * @param c k × n
   */
  void multiplyTransposed(
      double[] a, int atA, double[] b, int atB, double[] c, int atC, int m, int k, int n) {
    addProducts(a, atA, 1, k, b, atB, c, atC, k, m, n);
  }

  /** C += A · B for A(i, p) at {@code atA + i · rowStep + p · termStep}. */
  private void addProducts(
      double[] a,
      int atA,
      int rowStep,
      int termStep,
      double[] b,
      int atB,
      double[] c,
      int atC,
      int rows,
      int terms,
      int n) {
    int part = part(n);
    for (int from = 0; from < n; from += part) {
      int length = Math.min(part, n - from);
      for (int row = 0; row < rows; row += ROWS) {
        int count = Math.min(ROWS, rows - row);
        int target = atC + row * n + from;
        load(c, target, n, results, count, length);
        addTile(a, atA + row * rowStep, rowStep, termStep, b, atB + from, n, count, terms, length);
        for (int i = 0; i < count; i++) {
          System.arraycopy(results[i], 0, c, target + i * n, length);
        }
      }
    }
  }

  private static void load(
      double[] from, int at, int step, double[][] rows, int count, int length) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(from, at + i * step, rows[i], 0, length);
    }
  }

  /** Adds all terms to the rows of results that are loaded. */
  private void addTile(
      double[] a,
      int atA,
      int rowStep,
      int termStep,
      double[] b,
      int atB,
      int stepB,
      int rows,
      int count,
      int length) {
    int p = 0;
    for (; p + TERMS <= count; p += TERMS) {
      load(b, atB + p * stepB, stepB, terms, TERMS, length);
      addThree(a, atA + p * termStep, rowStep, termStep, rows, length);
    }
    for (; p < count; p++) {
      load(b, atB + p * stepB, stepB, terms, 1, length);
      for (int i = 0; i < rows; i++) {
        addOne(a[atA + i * rowStep + p * termStep], terms[0], results[i], length);
      }
    }
  }

  /** Adds the three terms that are loaded, the first first. */
  private void addThree(double[] a, int atA, int rowStep, int termStep, int rows, int length) {
    int i = 0;
    for (; i + 2 <= rows; i += 2) {
      int at = atA + i * rowStep;
      int next = at + rowStep;
      addThreeToTwo(
          a[at],
          a[at + termStep],
          a[at + 2 * termStep],
          a[next],
          a[next + termStep],
          a[next + 2 * termStep],
          terms[0],
          terms[1],
          terms[2],
          results[i],
          results[i + 1],
          length);
    }
    if (i < rows) {
      int at = atA + i * rowStep;
      addThreeToOne(
          a[at],
          a[at + termStep],
          a[at + 2 * termStep],
          terms[0],
          terms[1],
          terms[2],
          results[i],
          length);
    }
  }

  private static void addOne(double factor, double[] x, double[] y, int n) {
    for (int j = 0; j < n; j++) {
      y[j] += factor * x[j];
    }
  }

  private static void addThreeToOne(
      double a,
      double b,
      double c,
      double[] first,
      double[] second,
      double[] third,
      double[] y,
      int n) {
    for (int j = 0; j < n; j++) {
      y[j] = y[j] + a * first[j] + b * second[j] + c * third[j];
    }
  }

  /** The same terms to two rows, so that they are read once for both. */
  private static void addThreeToTwo(
      double a,
      double b,
      double c,
      double d,
      double e,
      double f,
      double[] first,
      double[] second,
      double[] third,
      double[] y,
      double[] z,
      int n) {
    for (int j = 0; j < n; j++) {
      double u = first[j];
      double v = second[j];
      double w = third[j];
      y[j] = y[j] + a * u + b * v + c * w;
      z[j] = z[j] + d * u + e * v + f * w;
    }
  }

  /**
   * C += A · Bᵀ: the sums of {@link #multiply}, in the same order, for a right factor that is
   * stored by column.
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

  /** C = a bᵀ: writes the outer product of a column of k and a row of n entries. */
  void outer(double[] a, int atA, double[] b, int atB, double[] c, int atC, int k, int n) {
    double[] row = terms[0];
    double[] result = results[0];
    int part = part(n);
    for (int from = 0; from < n; from += part) {
      int length = Math.min(part, n - from);
      System.arraycopy(b, atB + from, row, 0, length);
      for (int p = 0; p < k; p++) {
        double factor = a[atA + p];
        for (int j = 0; j < length; j++) {
          result[j] = factor * row[j];
        }
        System.arraycopy(result, 0, c, atC + p * n + from, length);
      }
    }
  }

  /**
   * The same for several pairs of sides, each entry times the factor of its place. The factors are
   * read once for up to {@link #ROWS} pairs.
   *
   * @param a count × k, one column after the other
   * @param b count × n
   * @param factors k × n
   * @param c where each product is written, from its entry of {@code atC} on
   */
  void outersTimes(
      double[] a,
      double[] b,
      double[] factors,
      int atFactors,
      double[][] c,
      int[] atC,
      int count,
      int k,
      int n) {
    double[] own = terms[0];
    double[] product = terms[1];
    int part = part(n);
    for (int first = 0; first < count; first += ROWS) {
      int pairs = Math.min(ROWS, count - first);
      for (int from = 0; from < n; from += part) {
        int length = Math.min(part, n - from);
        load(b, first * n + from, n, results, pairs, length);
        for (int p = 0; p < k; p++) {
          System.arraycopy(factors, atFactors + p * n + from, own, 0, length);
          for (int i = 0; i < pairs; i++) {
            double factor = a[(first + i) * k + p];
            double[] row = results[i];
            for (int j = 0; j < length; j++) {
              product[j] = factor * row[j] * own[j];
            }
            System.arraycopy(product, 0, c[first + i], atC[first + i] + p * n + from, length);
          }
        }
      }
    }
  }

  /** y = y · factors, entry by entry. */
  void scale(double[] y, int at, double[] factors, int atFactors, int n) {
    double[] own = terms[0];
    double[] result = results[0];
    int part = part(n);
    for (int from = 0; from < n; from += part) {
      int length = Math.min(part, n - from);
      System.arraycopy(factors, atFactors + from, own, 0, length);
      System.arraycopy(y, at + from, result, 0, length);
      for (int j = 0; j < length; j++) {
        result[j] *= own[j];
      }
      System.arraycopy(result, 0, y, at + from, length);
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
}
