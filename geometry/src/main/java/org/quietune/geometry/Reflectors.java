package org.quietune.geometry;

/**
 * An orthogonal k×k matrix Q that begins with given columns, as {@code Q = I − Yᵀ T Y}: a product
 * of Householder reflections in compact form (Schreiber and Van Loan 1989), applied in O(rank·k).
 */
final class Reflectors {
  private final double[] rows;
  private final double[] columns;
  private final double[] inner;
  private final int rank;
  private final int size;

  /**
   * From what {@link #of} gave.
   *
   * @param rows Y, row-major rank × size; each row is a reflection's vector of squared norm 2
   */
  Reflectors(double[] rows, int size) {
    this.rows = rows;
    this.size = size;
    rank = rows.length / size;
    columns = Blas.transposed(rank, size, rows);
    inner = new double[rank * rank];
    // Each reflection is I − y yᵀ. Then T(0:j, j) = −T(0:j, 0:j) · Y(0:j) yⱼ, and T(j, j) = 1.
    for (int j = 0; j < rank; j++) {
      inner[j * rank + j] = 1;
      double[] dots = new double[j];
      for (int i = 0; i < j; i++) {
        dots[i] = dot(rows, i * size, rows, j * size, size);
      }
      for (int i = 0; i < j; i++) {
        double sum = 0;
        for (int l = i; l < j; l++) {
          sum += inner[i * rank + l] * dots[l];
        }
        inner[i * rank + j] = -sum;
      }
    }
  }

  /**
   * The reflections' vectors for a Q whose first columns are the given vectors, up to sign.
   *
   * @param vectors orthonormal, one per row
   */
  static double[] of(double[] vectors, int rank, int size) {
    double[] work = vectors.clone();
    double[] rows = new double[rank * size];
    for (int j = 0; j < rank; j++) {
      int at = j * size;
      double square = dot(work, at + j, work, at + j, size - j);
      double norm = Math.sqrt(square);
      double head = work[at + j];
      double target = head > 0 ? -norm : norm;
      // v = x − target e₁, scaled so that I − v vᵀ is the reflection.
      double scale = 1 / Math.sqrt(square - target * head);
      if (!(norm > 0)) {
        scale = 0;
      }
      for (int i = j; i < size; i++) {
        rows[at + i] = scale * (work[at + i] - (i == j ? target : 0));
      }
      for (int later = j; later < rank; later++) {
        double factor = dot(rows, at + j, work, later * size + j, size - j);
        for (int i = j; i < size; i++) {
          work[later * size + i] -= factor * rows[at + i];
        }
      }
    }
    return rows;
  }

  private static double dot(double[] a, int atA, double[] b, int atB, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += a[atA + i] * b[atB + i];
    }
    return sum;
  }

  /** Overwrites a vector x with {@code Qᵀx}, or with {@code Qx}; each sum in one order. */
  void apply(boolean transposed, double[] x, int at) {
    double[] dots = new double[rank];
    for (int i = 0; i < size; i++) {
      double factor = x[at + i];
      for (int j = 0; j < rank; j++) {
        dots[j] += factor * columns[i * rank + j];
      }
    }
    double[] turned = new double[rank];
    for (int i = 0; i < rank; i++) {
      for (int j = i; j < rank; j++) {
        double t = inner[i * rank + j];
        if (transposed) {
          turned[j] += t * dots[i];
        } else {
          turned[i] += t * dots[j];
        }
      }
    }
    for (int j = 0; j < rank; j++) {
      double factor = turned[j];
      for (int i = 0; i < size; i++) {
        x[at + i] -= factor * rows[j * size + i];
      }
    }
  }
}
