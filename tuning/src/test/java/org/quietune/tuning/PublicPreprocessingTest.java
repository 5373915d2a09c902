package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.model.Preprocessing;

class PublicPreprocessingTest {

  private static Preprocessing fit(float... column) {
    List<Example> rows = new ArrayList<>();
    for (float value : column) {
      rows.add(new Example(new float[] {value}, 0));
    }
    return PublicPreprocessing.fit(PublicTable.of(List.of("x"), rows));
  }

  private static void assertColumn(
      Preprocessing fitted, double fill, double lower, double upper, double scale) {
    assertEquals(fill, fitted.fill()[0], 1e-5 * Math.abs(fill));
    assertEquals(fitted.fill()[0], fitted.center()[0], "a missing value standardizes to zero");
    assertEquals(lower, fitted.lower()[0], 1e-5 * Math.abs(lower));
    assertEquals(upper, fitted.upper()[0], 1e-5 * Math.abs(upper));
    assertEquals(scale, fitted.scale()[0], 1e-5 * scale);
  }

  /** 0, 1, …, 1000: the quantiles are 5 and 995, and the clamped values keep the mean 500. */
  @Test
  void clampsAtQuantiles() {
    float[] column = new float[1001];
    double squares = 0;
    for (int i = 0; i < column.length; i++) {
      column[i] = (i * 376) % 1001;
      squares += Math.pow(Math.max(5, Math.min(995, i)) - 500.0, 2);
    }
    assertColumn(fit(column), 500, 5, 995, Math.sqrt(squares / 1001));
  }

  @Test
  void interpolatesBetweenFewValues() {
    // Quantiles of two values: 0.005 and 0.995 of the way from 10 to 20.
    assertColumn(fit(20, 10), 15, 10.05, 19.95, 4.95);
  }

  @Test
  void ignoresWhatIsMissingOrInfinite() {
    assertColumn(
        fit(Float.NaN, 20, Float.POSITIVE_INFINITY, 10, Float.NEGATIVE_INFINITY),
        15,
        10.05,
        19.95,
        4.95);
  }

  @Test
  void aConstantColumnBecomesZero() {
    assertColumn(fit(7, 7, Float.NaN, 7), 7, 7, 7, 1);
    assertColumn(fit(0.1f), 0.1f, 0.1f, 0.1f, 1);
  }

  @Test
  void aColumnWithoutValuesBecomesZero() {
    assertColumn(fit(Float.NaN, Float.NEGATIVE_INFINITY), 0, 0, 0, 1);
  }

  /** Values near the end of float's range must not make a bound that standardizes to infinity. */
  @Test
  void hugeValuesStayStandardizable() {
    float huge = Float.MAX_VALUE;
    fit(-huge, huge, huge, huge);
    fit(huge, huge);
    fit(-huge, 0);
    fit(Float.MIN_VALUE, 0);
    fit(1e-30f, -1e-30f, 3e-30f);
  }

  /** Standardized values have mean 0 and deviation 1, whatever the scale of the column. */
  @Property(tries = 50)
  void standardizes(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double scale = Math.pow(10, random.nextInt(-6, 7));
    double shift = random.nextDouble(-100, 100);
    float[] column = new float[200];
    for (int i = 0; i < column.length; i++) {
      column[i] = (float) (scale * (shift + random.nextDouble()));
    }
    Preprocessing fitted = fit(column);
    double sum = 0;
    double squares = 0;
    for (float value : column) {
      double kept = Math.max(fitted.lower()[0], Math.min(fitted.upper()[0], value));
      double standardized = (kept - fitted.center()[0]) / fitted.scale()[0];
      sum += standardized;
      squares += standardized * standardized;
    }
    // A float knows a value near 100 to 4e-6, that is 1.3e-5 of the column's deviation.
    assertEquals(0, sum / column.length, 1e-4);
    assertEquals(1, squares / column.length, 1e-4);
    assertTrue(fitted.lower()[0] < fitted.upper()[0]);
  }
}
