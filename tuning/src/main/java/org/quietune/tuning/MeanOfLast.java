package org.quietune.tuning;

/** The mean of the last points of a path, in plain Java: the same bits everywhere. */
final class MeanOfLast {
  private final int points;
  private final int counted;
  private final double[] sum;
  private int seen;

  /**
   * Of a path that has yet to be gone.
   *
   * @param points of the path, without its start
   * @param counted how many of them, from its end
   */
  MeanOfLast(int points, int counted, int dimension) {
    if (counted < 1 || counted > points) {
      throw new IllegalArgumentException(counted + " of " + points + " points");
    }
    this.points = points;
    this.counted = counted;
    this.sum = new double[dimension];
  }

  /** Adds the next point. */
  void add(double[] point) {
    seen++;
    if (seen > points - counted) {
      for (int j = 0; j < sum.length; j++) {
        sum[j] += point[j];
      }
    }
  }

  /** When all points have been added. */
  double[] mean() {
    if (seen != points) {
      throw new IllegalStateException(seen + " of " + points + " points");
    }
    double[] mean = sum.clone();
    for (int j = 0; j < mean.length; j++) {
      mean[j] /= counted;
    }
    return mean;
  }
}
