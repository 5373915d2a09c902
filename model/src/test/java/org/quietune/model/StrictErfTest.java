package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // a pointer scope works by being open
class StrictErfTest {
  @Test
  void agreesWithLibtorchToTheLastPlaces() {
    Libtorch.ensureLoaded();
    double[] x = new double[40_001];
    for (int i = 0; i < x.length; i++) {
      x[i] = (i - 20_000) / 2_857.0;
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor theirs = Precision.FLOAT64.tensor(x, x.length).erf();
      double[] expected = Precision.FLOAT64.values(theirs);
      for (int i = 0; i < x.length; i++) {
        assertEquals(expected[i], StrictErf.erf(x[i]), 4 * Math.ulp(expected[i]), "erf " + x[i]);
      }
    }
  }

  @Test
  void limits() {
    assertEquals(1, StrictErf.erf(Double.POSITIVE_INFINITY));
    assertEquals(-1, StrictErf.erf(-7));
    assertEquals(-0.0, StrictErf.erf(-0.0));
    assertTrue(Double.isNaN(StrictErf.erf(Double.NaN)));
  }
}
