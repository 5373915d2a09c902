package org.quietune.model;

/**
 * Columns that span directions of one side of a matrix: {@code size × dimension}, row-major. Empty
 * entries mean the identity, for which {@code dimension = size}. Public values, independent of any
 * private record.
 *
 * <p>The array is held, not copied; it must not be changed.
 *
 * @param size extent of the side, at least 1
 * @param dimension number of columns, 1 to any
 * @param entries {@code size × dimension} values, or none
 */
@SuppressWarnings("ArrayRecordComponent") // bulk numbers, shared on purpose
public record ModeBasis(int size, int dimension, double[] entries) {
  public ModeBasis {
    if (size < 1 || dimension < 1) {
      throw new IllegalArgumentException(
          "size and dimension must be at least 1, were " + size + ", " + dimension);
    }
    boolean identity = entries.length == 0 && dimension == size;
    if (!identity && entries.length != (long) size * dimension) {
      throw new IllegalArgumentException("entries must hold " + size + " × " + dimension);
    }
  }

  /** All directions, each for itself. */
  public static ModeBasis identity(int size) {
    return new ModeBasis(size, size, new double[0]);
  }

  public boolean isIdentity() {
    return entries.length == 0;
  }
}
