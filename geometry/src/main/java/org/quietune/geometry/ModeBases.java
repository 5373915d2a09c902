package org.quietune.geometry;

import org.quietune.model.ModeBasis;

/**
 * Orthonormal directions of one side of a weight matrix. In plain Java, in one order: the same bits
 * on every machine.
 */
final class ModeBases {
  private static final int ITERATIONS = 8;

  private ModeBases() {}

  /** A uniformly random subspace; the identity where it is as wide as the side. */
  static ModeBasis random(int size, int dimension, SeededStream stream) {
    return dimension >= size
        ? ModeBasis.identity(size)
        : basis(size, dimension, orthonormal(normals(size, dimension, stream), dimension, size));
  }

  /**
   * Both sides' leading singular directions of a matrix, by subspace iteration from a random start:
   * orthonormal to rounding, the leading directions as far as eight iterations separate them.
   *
   * @param matrix row-major from {@code at} on
   * @return rows' and columns' basis
   */
  static ModeBasis[] leading(
      double[] matrix, int at, int rows, int columns, int dimension, SeededStream stream) {
    int k = Math.min(dimension, Math.min(rows, columns));
    double[] right = orthonormal(normals(columns, k, stream), k, columns);
    double[] left = new double[0];
    for (int i = 0; i < ITERATIONS; i++) {
      left = new double[k * rows];
      for (int j = 0; j < k; j++) {
        for (int r = 0; r < rows; r++) {
          double sum = 0;
          for (int c = 0; c < columns; c++) {
            sum += matrix[at + r * columns + c] * right[j * columns + c];
          }
          left[j * rows + r] = sum;
        }
      }
      orthonormal(left, k, rows);
      right = new double[k * columns];
      for (int j = 0; j < k; j++) {
        for (int r = 0; r < rows; r++) {
          double factor = left[j * rows + r];
          for (int c = 0; c < columns; c++) {
            right[j * columns + c] += factor * matrix[at + r * columns + c];
          }
        }
      }
      orthonormal(right, k, columns);
    }
    return new ModeBasis[] {
      k == rows ? ModeBasis.identity(rows) : basis(rows, k, left),
      k == columns ? ModeBasis.identity(columns) : basis(columns, k, right)
    };
  }

  private static double[] normals(int size, int dimension, SeededStream stream) {
    double[] normals = new double[Math.multiplyExact(size, dimension)];
    stream.normals(0, normals, 0, normals.length);
    return normals;
  }

  private static ModeBasis basis(int size, int dimension, double[] vectors) {
    return new ModeBasis(size, dimension, Blas.transposed(dimension, size, vectors));
  }

  /**
   * Orthonormalizes vectors, one per row, in place: Gram and Schmidt, twice. A vector that lies in
   * the span of those before it is replaced by the first unit vector that does not.
   */
  static double[] orthonormal(double[] vectors, int count, int size) {
    for (int j = 0; j < count; j++) {
      int spare = 0;
      while (!extend(vectors, j, size)) {
        for (int i = 0; i < size; i++) {
          vectors[j * size + i] = i == spare ? 1 : 0;
        }
        spare++;
      }
    }
    return vectors;
  }

  private static boolean extend(double[] vectors, int j, int size) {
    double before = norm(vectors, j * size, size);
    for (int pass = 0; pass < 2; pass++) {
      for (int earlier = 0; earlier < j; earlier++) {
        double dot = 0;
        for (int i = 0; i < size; i++) {
          dot += vectors[earlier * size + i] * vectors[j * size + i];
        }
        for (int i = 0; i < size; i++) {
          vectors[j * size + i] -= dot * vectors[earlier * size + i];
        }
      }
    }
    double norm = norm(vectors, j * size, size);
    if (!(norm > 1e-10 * before)) {
      return false;
    }
    for (int i = 0; i < size; i++) {
      vectors[j * size + i] /= norm;
    }
    return true;
  }

  private static double norm(double[] vectors, int from, int size) {
    double sum = 0;
    for (int i = from; i < from + size; i++) {
      sum += vectors[i] * vectors[i];
    }
    return Math.sqrt(sum);
  }
}
