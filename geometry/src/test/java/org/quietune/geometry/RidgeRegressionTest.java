package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class RidgeRegressionTest {
  /** Inputs 1, 2, 3 have covariance 2/3; ridge 1 doubles it, and halves the slopes 3 and −1. */
  @Test
  void oneInputByHand() {
    RidgeRegression regression =
        RidgeRegression.of(3, new double[] {1, 2, 3}, new double[] {3, 9, 6, 8, 9, 7}, 1);
    assertArrayEquals(new double[] {2}, regression.mean(), 1e-14);
    assertArrayEquals(new double[] {1.5, -0.5}, regression.apply(new double[] {1}), 1e-12);
    assertArrayEquals(new double[] {3, -1}, regression.foretell(new double[] {4}), 1e-12);
  }

  /** S = diag(4, 1): at ridge .4 the penalty is 1 on both, so that slopes 1 and 1 become .8, .5. */
  @Test
  void softInputsAreHeldBackMost() {
    double[] x = {2, 1, 2, -1, -2, 1, -2, -1};
    RidgeRegression regression = RidgeRegression.of(4, x, new double[] {3, 1, -1, -3}, 0.4);
    assertArrayEquals(new double[] {0.8}, regression.apply(new double[] {1, 0}), 1e-12);
    assertArrayEquals(new double[] {0.5}, regression.apply(new double[] {0, 1}), 1e-12);
  }

  @Test
  void rowsThatAreAllTheSameTellNothing() {
    double[] same = {1, 2, 1, 2};
    assertThrows(
        IllegalArgumentException.class, () -> RidgeRegression.of(2, same, new double[] {1, 2}, 1));
  }
}
