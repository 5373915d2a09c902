package org.quietune.geometry;

/**
 * Some of the parameters, the others kept as they are: {@code P} has one column of the identity per
 * trained parameter.
 */
public final class CoordinateSubspace implements Subspace {
  private final int ambientDimension;
  private final int[] trained;
  private final String what;

  /**
   * Trains the given parameters.
   *
   * @param trained their indices, ascending, at least one
   * @param what they are, in a few words
   */
  public CoordinateSubspace(int ambientDimension, int[] trained, String what) {
    if (trained.length == 0) {
      throw new IllegalArgumentException("there must be a parameter to train: " + what);
    }
    for (int j = 0; j < trained.length; j++) {
      if (trained[j] < (j == 0 ? 0 : trained[j - 1] + 1) || trained[j] >= ambientDimension) {
        throw new IllegalArgumentException(
            "trained must ascend inside 0 to " + (ambientDimension - 1));
      }
    }
    this.ambientDimension = ambientDimension;
    this.trained = trained.clone();
    this.what = what;
  }

  @Override
  public int dimension() {
    return trained.length;
  }

  @Override
  public int ambientDimension() {
    return ambientDimension;
  }

  @Override
  public double[] project(double[] rows, int count) {
    double[] projected = new double[count * trained.length];
    gather(rows, count, 1, projected, 0);
    return projected;
  }

  private void gather(double[] rows, int count, double factor, double[] out, int offset) {
    for (int r = 0; r < count; r++) {
      for (int j = 0; j < trained.length; j++) {
        out[offset + r * trained.length + j] = factor * rows[r * ambientDimension + trained[j]];
      }
    }
  }

  @Override
  public RowMap times(double[] root) {
    return RowMap.chain(
        times(1),
        RowMap.matrix(
            trained.length, trained.length, Blas.transposed(trained.length, trained.length, root)));
  }

  @Override
  public RowMap times(double factor) {
    return new RowMap() {
      @Override
      public int dimension() {
        return trained.length;
      }

      @Override
      public void apply(double[] rows, int count, double[] out, int offset) {
        gather(rows, count, factor, out, offset);
      }
    };
  }

  @Override
  public double[] lift(double[] z) {
    double[] displacement = new double[ambientDimension];
    for (int j = 0; j < trained.length; j++) {
      displacement[trained[j]] = z[j];
    }
    return displacement;
  }

  @Override
  public String summary() {
    return "%s: %d of %d parameters".formatted(what, trained.length, ambientDimension);
  }
}
