package org.quietune.experiments.icu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quietune.tuning.DpGradientDescent;

/**
 * The grid over which a gradient descent baseline is tuned: rounds × clip norm × step size. Clip
 * norms are multiples of the median gradient norm on public records. Step sizes are for gradients
 * at full length; where the clip shortens them, steps are longer in proportion, so that a low clip
 * is not confused with a slow descent.
 */
record GradientDescentGrid(int[] rounds, double[] clipMultiples, double[] stepSizes) {
  private static final double[] CLIPS = {0.1, 0.3, 1, 3, 10, 20};

  /** Full-batch gradient descent. */
  static final GradientDescentGrid ROUNDS =
      new GradientDescentGrid(new int[] {5, 20, 60}, CLIPS, new double[] {0.01, 0.03, 0.1, 0.3, 1});

  /** The same for a network of 17,000 parameters, whose passes cost thirty times as much. */
  static final GradientDescentGrid NETWORK_ROUNDS =
      new GradientDescentGrid(new int[] {5, 20}, CLIPS, new double[] {0.01, 0.03, 0.1, 0.3, 1});

  /** One isotropic release: the quadratic utility with H = I. */
  static final GradientDescentGrid ONE_ROUND =
      new GradientDescentGrid(new int[] {1}, CLIPS, new double[] {0.01, 0.03, 0.1, 0.3, 1, 3, 10});

  List<DpGradientDescent> methods(double medianNorm) {
    List<DpGradientDescent> methods = new ArrayList<>();
    for (int t : rounds) {
      for (double clip : clipMultiples) {
        for (double step : stepSizes) {
          methods.add(new DpGradientDescent(t, clip * medianNorm, step / Math.min(1, clip)));
        }
      }
    }
    return methods;
  }

  /** The grid in words, for the results page. */
  String describe() {
    return "rounds "
        + Arrays.toString(rounds)
        + ", clip norm "
        + Arrays.toString(clipMultiples)
        + " × median public gradient norm, step size "
        + Arrays.toString(stepSizes)
        + " / min(1, clip multiple)";
  }
}
