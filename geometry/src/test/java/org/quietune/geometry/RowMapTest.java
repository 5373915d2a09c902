package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RowMapTest {

  @Test
  void byHand() {
    double[] rows = {1, 2, -1, 3};
    double[] out = {7, 7, 7, 7, 7, 7, 7, 7};
    RowMap.matrix(2, 3, new double[] {1, 0, 2, 0, 1, -1}).apply(rows, 2, out, 1);
    assertArrayEquals(new double[] {7, 1, 2, 0, -1, 3, -5, 7}, out);
    out = new double[] {7, 7, 7, 7, 7};
    RowMap.scaling(2, 0.5).apply(rows, 2, out, 1);
    assertArrayEquals(new double[] {7, 0.5, 1, -0.5, 1.5}, out);
  }

  /**
   * A row's result has the same bits alone and among any others, at any place, hostile neighbors
   * included. Sensitivity rests on this.
   */
  @Property(tries = 100)
  void aRowsResultDependsOnThatRowAlone(
      @ForAll @IntRange(min = 1, max = 40) int inputs,
      @ForAll @IntRange(min = 1, max = 40) int outputs,
      @ForAll @IntRange(min = 1, max = 30) int count,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] rows = new double[count * inputs];
    double[] hostile = {Double.NaN, Double.NEGATIVE_INFINITY, 1e300, Double.MIN_VALUE, -0.0};
    for (int i = 0; i < rows.length; i++) {
      double ordinary = Math.scalb(random.nextDouble(-1, 1), random.nextInt(-60, 60));
      rows[i] = random.nextInt(50) == 0 ? hostile[random.nextInt(hostile.length)] : ordinary;
    }
    RowMap matrix = RowMap.matrix(inputs, outputs, Matrices.uniform(random, inputs * outputs));
    RowMap scaling = RowMap.scaling(inputs, random.nextDouble(-3, 3));
    for (RowMap map : new RowMap[] {matrix, scaling}) {
      int k = map.dimension();
      int offset = random.nextInt(4);
      double[] together = new double[offset + count * k];
      map.apply(rows, count, together, offset);
      for (int r = 0; r < count; r++) {
        double[] alone = new double[k];
        map.apply(Arrays.copyOfRange(rows, r * inputs, (r + 1) * inputs), 1, alone, 0);
        for (int j = 0; j < k; j++) {
          assertEquals(
              Double.doubleToLongBits(alone[j]),
              Double.doubleToLongBits(together[offset + r * k + j]));
        }
      }
    }
  }

  @Test
  void refusesAMatrixOfAnotherShape() {
    assertThrows(IllegalArgumentException.class, () -> RowMap.matrix(2, 3, new double[5]));
  }
}
