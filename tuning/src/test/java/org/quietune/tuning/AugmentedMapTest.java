package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.quietune.data.Example;
import org.quietune.data.ImageShape;
import org.quietune.data.generated.DrawnDigits;
import org.quietune.data.generated.ImageWarp;

class AugmentedMapTest {
  private static final ImageShape SHAPE = DrawnDigits.SHAPE;
  private static final List<Example> IMAGES = new DrawnDigits(1).table(5).rows();

  /** The pixels themselves, so that a mean over copies is a mean of images. */
  private static final MeanMap PIXELS =
      new MeanMap() {
        @Override
        public int dimension() {
          return SHAPE.size();
        }

        @Override
        public void map(List<Example> records, double[] out) {
          for (int i = 0; i < records.size(); i++) {
            float[] pixels = records.get(i).features();
            for (int j = 0; j < pixels.length; j++) {
              out[i * pixels.length + j] = pixels[j];
            }
          }
        }
      };

  private static double[] mapped(int copies, long pass, List<Example> images) {
    double[] out = new double[images.size() * SHAPE.size()];
    Arrays.fill(out, 7);
    new AugmentedMap(PIXELS, SHAPE, copies, pass).map(images, out);
    return out;
  }

  @Test
  void isTheMeanOverChangedCopies() {
    Example image = IMAGES.get(2);
    double[] expected = new double[SHAPE.size()];
    for (int seed : new int[] {8, 9, 10, 11}) {
      float[] copy =
          ImageWarp.mild(SHAPE, seed, Arrays.hashCode(image.features())).apply(image).features();
      for (int j = 0; j < copy.length; j++) {
        expected[j] += copy[j] / 4.0;
      }
    }
    assertArrayEquals(expected, mapped(4, 2, List.of(image)));
  }

  @Test
  void eachPassAndEachImageHasItsOwnCopies() {
    List<double[]> copies =
        IntStream.range(0, 6).mapToObj(pass -> mapped(1, pass, List.of(IMAGES.get(0)))).toList();
    for (int i = 0; i < 6; i++) {
      for (int j = 0; j < i; j++) {
        assertFalse(Arrays.equals(copies.get(i), copies.get(j)), "passes " + i + " and " + j);
      }
    }
    // A mark in a corner of the same picture: were the change the same, only the corner would move.
    float[] marked = IMAGES.get(0).features().clone();
    marked[0] = 1;
    double[] other = mapped(1, 0, List.of(new Example(marked, IMAGES.get(0).label())));
    long differing =
        IntStream.range(0, other.length).filter(j -> other[j] != copies.get(0)[j]).count();
    assertFalse(differing < 20, () -> differing + " pixels differ");
  }

  @Test
  void anImageDoesNotSeeItsNeighbors() {
    double[] together = mapped(3, 5, IMAGES);
    for (int i = 0; i < IMAGES.size(); i++) {
      assertArrayEquals(
          mapped(3, 5, List.of(IMAGES.get(i))),
          Arrays.copyOfRange(together, i * SHAPE.size(), (i + 1) * SHAPE.size()));
    }
  }

  @Test
  void refusesNoCopies() {
    assertThrows(IllegalArgumentException.class, () -> new AugmentedMap(PIXELS, SHAPE, 0, 1));
    assertEquals(SHAPE.size(), new AugmentedMap(PIXELS, SHAPE, 1, 1).dimension());
  }
}
