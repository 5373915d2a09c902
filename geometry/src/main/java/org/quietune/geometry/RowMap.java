package org.quietune.geometry;

import java.util.Arrays;

/**
 * A linear map of row vectors whose result for a row depends on that row alone, to the last bit:
 * not on the number of rows or a row's place among them. That is what the door asks of everything
 * on the way from a private record to its sum (docs/theory.md §3.1), and what BLAS does not
 * promise. Plain Java does: its floating-point arithmetic is strict (JLS 17 §15.4), the loops add
 * in one fixed order, and vectorising over outputs does not change it. Immutable and thread-safe.
 */
public interface RowMap {

  /** Length of a result row. */
  int dimension();

  /**
   * Maps {@code count} rows.
   *
   * @param rows row-major
   * @param out row-major {@code count × dimension()}, from {@code offset}; may not be {@code rows}
   */
  void apply(double[] rows, int count, double[] out, int offset);

  /** Whether rows are left as they are, so that a caller need not apply it. */
  default boolean isIdentity() {
    return false;
  }

  /** {@code row ↦ row}. */
  static RowMap identity(int dimension) {
    return new Identity(dimension);
  }

  /** {@code row ↦ factor·row}. */
  static RowMap scaling(int dimension, double factor) {
    return new Scaling(dimension, factor);
  }

  /**
   * {@code row ↦ row·M}.
   *
   * @param matrix row-major, {@code inputs × dimension}
   */
  static RowMap matrix(int inputs, int dimension, double[] matrix) {
    if (matrix.length != Math.multiplyExact(inputs, dimension)) {
      throw new IllegalArgumentException("matrix must be " + inputs + " × " + dimension);
    }
    return new Matrix(inputs, dimension, matrix);
  }

  /** {@code row ↦ row·diag(factors)}. */
  static RowMap diagonal(double[] factors) {
    return new Diagonal(factors);
  }

  /** This map and then another. */
  default RowMap then(RowMap next) {
    return new Chain(this, next);
  }

  /** See {@link #identity}. */
  record Identity(int dimension) implements RowMap {
    @Override
    public boolean isIdentity() {
      return true;
    }

    @Override
    public void apply(double[] rows, int count, double[] out, int offset) {
      System.arraycopy(rows, 0, out, offset, count * dimension);
    }
  }

  /** See {@link #diagonal}. */
  record Diagonal(double[] factors) implements RowMap {
    @Override
    public int dimension() {
      return factors.length;
    }

    @Override
    public void apply(double[] rows, int count, double[] out, int offset) {
      int k = factors.length;
      for (int r = 0; r < count; r++) {
        for (int j = 0; j < k; j++) {
          out[offset + r * k + j] = rows[r * k + j] * factors[j];
        }
      }
    }
  }

  /** See {@link #then}. */
  record Chain(RowMap first, RowMap second) implements RowMap {
    @Override
    public int dimension() {
      return second.dimension();
    }

    @Override
    public void apply(double[] rows, int count, double[] out, int offset) {
      double[] between = new double[count * first.dimension()];
      first.apply(rows, count, between, 0);
      second.apply(between, count, out, offset);
    }
  }

  /** See {@link #scaling}. */
  record Scaling(int dimension, double factor) implements RowMap {
    @Override
    public boolean isIdentity() {
      return factor == 1;
    }

    @Override
    public void apply(double[] rows, int count, double[] out, int offset) {
      for (int i = 0; i < count * dimension; i++) {
        out[offset + i] = rows[i] * factor;
      }
    }
  }

  /** See {@link #matrix(int, int, double[])}. */
  record Matrix(int inputs, int dimension, double[] values) implements RowMap {
    @Override
    public void apply(double[] rows, int count, double[] out, int offset) {
      Arrays.fill(out, offset, offset + count * dimension, 0);
      // A row of the matrix is used for all rows while it is in the cache; each sum still runs over
      // i upward.
      for (int i = 0; i < inputs; i++) {
        for (int r = 0; r < count; r++) {
          addMultiple(rows[r * inputs + i], i * dimension, out, offset + r * dimension);
        }
      }
    }

    private void addMultiple(double factor, int from, double[] out, int to) {
      for (int j = 0; j < dimension; j++) {
        out[to + j] += factor * values[from + j];
      }
    }
  }
}
