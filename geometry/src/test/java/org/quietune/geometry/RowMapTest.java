package org.quietune.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RowMapTest {

  @Test
  void multipliesRowsByTheMatrix() {
    RowMap map = RowMap.matrix(2, 3, new double[] {1, 2, 3, 10, 20, 30});
    double[] out = {-1, -1, -1, -1, -1, -1, -1};
    map.apply(new double[] {1, 1, 0, 2}, 2, out, 1);
    assertArrayEquals(new double[] {-1, 11, 22, 33, 20, 40, 60}, out);
  }

  @Test
  void scales() {
    double[] out = new double[3];
    RowMap.scaling(2, 0.5).apply(new double[] {2, 4}, 1, out, 1);
    assertArrayEquals(new double[] {0, 1, 2}, out);
  }

  @Test
  void aRowsBitsDependOnNoOtherRow() {
    SplittableRandom random = new SplittableRandom(5);
    int inputs = 301;
    int k = 37;
    double[] matrix = random.doubles((long) inputs * k, -1, 1).toArray();
    RowMap map = RowMap.matrix(inputs, k, matrix);
    double[] rows = random.doubles(20L * inputs, -1e3, 1e3).toArray();
    double[] alone = new double[20 * k];
    for (int r = 0; r < 20; r++) {
      map.apply(Arrays.copyOfRange(rows, r * inputs, (r + 1) * inputs), 1, alone, r * k);
    }
    // Long enough for the compiled code to take over from the interpreter.
    for (int repetition = 0; repetition < 300; repetition++) {
      for (int count : new int[] {1, 3, 8, 20}) {
        double[] together = new double[count * k];
        map.apply(rows, count, together, 0);
        assertArrayEquals(Arrays.copyOf(alone, count * k), together);
      }
    }
    // The broken twin: the same product, summed from the other end, has other bits.
    double[] backward = new double[k];
    for (int i = inputs - 1; i >= 0; i--) {
      for (int j = 0; j < k; j++) {
        backward[j] += rows[i] * matrix[i * k + j];
      }
    }
    assertFalse(Arrays.equals(Arrays.copyOf(alone, k), backward));
  }

  @Test
  void refusesAMatrixOfTheWrongSize() {
    assertThrows(IllegalArgumentException.class, () -> RowMap.matrix(2, 2, new double[3]));
  }
}
