package org.quietune.geometry;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Some of the parameters, the others kept as they are: {@code P} has one column of the identity per
 * trained parameter.
 */
public final class CoordinateSubspace implements Subspace {
  static final String KIND = "coordinates";

  private final int ambientDimension;
  private final int[] trained;

  /**
   * Trains the given parameters.
   *
   * @param trained their indices, ascending, at least one
   */
  public CoordinateSubspace(int ambientDimension, int[] trained) {
    if (trained.length == 0) {
      throw new IllegalArgumentException("there must be a parameter to train");
    }
    for (int j = 0; j < trained.length; j++) {
      if (trained[j] < (j == 0 ? 0 : trained[j - 1] + 1) || trained[j] >= ambientDimension) {
        throw new IllegalArgumentException(
            "trained must ascend inside 0 to " + (ambientDimension - 1));
      }
    }
    this.ambientDimension = ambientDimension;
    this.trained = trained.clone();
  }

  static CoordinateSubspace of(Description description) {
    return new CoordinateSubspace(
        description.extent("ambientDimension"),
        Arrays.stream(description.array("trained")).mapToInt(index -> (int) index).toArray());
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
  public RowMap coordinates() {
    return new RowMap() {
      @Override
      public int dimension() {
        return trained.length;
      }

      @Override
      public void apply(double[] rows, int count, double[] out, int offset) {
        for (int r = 0; r < count; r++) {
          for (int j = 0; j < trained.length; j++) {
            out[offset + r * trained.length + j] = rows[r * ambientDimension + trained[j]];
          }
        }
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
  public long memoryBytes() {
    return (long) Integer.BYTES * trained.length;
  }

  @Override
  public long flops() {
    return 0;
  }

  @Override
  public String summary() {
    return "some of the parameters, " + Cost.of(this);
  }

  @Override
  public Description description() {
    return Description.of(
        KIND,
        Map.of("ambientDimension", (long) ambientDimension),
        Map.of("trained", Arrays.stream(trained).asDoubleStream().toArray()),
        List.of());
  }
}
