package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.NeighboringRelation;

class L2ClipTest {

  /** What one unit of one record adds to a sum. */
  private static long[] lattice(L2Clip clip, double[] vector) {
    return lattice(clip, List.of(vector));
  }

  private static long[] lattice(L2Clip clip, List<double[]> vectors) {
    long[] sum = new long[vectors.get(0).length];
    new UnitBlock<>(clip, new VectorRecords(sum.length).pieces(), sum)
        .add(vectors, Collections.nCopies(vectors.size(), 1));
    return sum;
  }

  private static boolean isInside(L2Clip clip, long[] q) {
    ExactNorm norm = new ExactNorm();
    for (long cells : q) {
      norm.add((int) cells);
    }
    return norm.isAtMost(clip.cells());
  }

  @Property(tries = 3000)
  void noVectorLeavesTheBall(
      @ForAll("hostileVectors") double[] vector, @ForAll("clipNorms") double clipNorm) {
    L2Clip clip = new L2Clip(clipNorm);
    long[] sum = lattice(clip, vector);
    BigInteger radius = BigInteger.valueOf(clip.cells());
    assertTrue(squaredNorm(sum).compareTo(radius.multiply(radius)) <= 0);
  }

  /** Vectors that lie on the sphere up to rounding, one entry nudged to the next double. */
  @Property(tries = 3000)
  void aNormOneUlpOverIsNoWayOut(
      @ForAll("moderateVectors") double[] direction,
      @ForAll("clipNorms") double clipNorm,
      @ForAll @IntRange(min = 8, max = 30) int bits,
      @ForAll @IntRange(min = 0, max = 39) int nudged) {
    double norm = 0;
    for (double v : direction) {
      norm += v * v;
    }
    double[] vector = direction.clone();
    for (int j = 0; j < vector.length; j++) {
      vector[j] = direction[j] / Math.sqrt(norm) * clipNorm;
    }
    int j = nudged % vector.length;
    vector[j] = Math.copySign(Math.nextUp(Math.abs(vector[j])), vector[j]);
    L2Clip clip = new L2Clip(clipNorm, bits);
    long[] sum = lattice(clip, vector);
    BigInteger radius = BigInteger.valueOf(clip.cells());
    assertTrue(squaredNorm(sum).compareTo(radius.multiply(radius)) <= 0);
  }

  /** The check against big integers: on the sphere, a cell over, and where 64 bits wrap around. */
  @Property(tries = 3000)
  void theCheckIsExact(
      @ForAll("cellVectors") long[] q, @ForAll @IntRange(min = 8, max = 30) int bits) {
    L2Clip clip = new L2Clip(1, bits);
    BigInteger radius = BigInteger.valueOf(clip.cells());
    assertEquals(squaredNorm(q).compareTo(radius.multiply(radius)) <= 0, isInside(clip, q));
  }

  @Provide
  Arbitrary<long[]> cellVectors() {
    return Arbitraries.oneOf(
            Arbitraries.of(0L, 1L, -1L, 1L << 8, 1L << 29, 1L << 30, -(1L << 30), -(1L << 31)),
            Arbitraries.longs().between(-300, 300),
            Arbitraries.longs().between(-(1L << 31), (1L << 31) - 1))
        .array(long[].class)
        .ofMinSize(1)
        .ofMaxSize(20);
  }

  @Test
  void sumsThatWrapAroundAreRefused() {
    // Four squares of 2^62 are 2^64, which is 0 in 64 bits, and eight of them, twice that.
    for (int size : new int[] {4, 8, 16}) {
      long[] q = new long[size];
      Arrays.fill(q, -(1L << 31));
      assertFalse(isInside(new L2Clip(1), q));
    }
    long[] onTheSphere = {1L << 29, 1L << 29, -(1L << 29), 1L << 29, 0};
    assertTrue(isInside(new L2Clip(1), onTheSphere));
    onTheSphere[4] = 1;
    assertFalse(isInside(new L2Clip(1), onTheSphere));
  }

  @Property(tries = 1000)
  void moderateVectorsKeepTheirDirectionAndLength(@ForAll("moderateVectors") double[] vector) {
    L2Clip clip = new L2Clip(1.0);
    long[] q = lattice(clip, vector);
    double norm = 0;
    for (double v : vector) {
      norm += v * v;
    }
    double shrink = Math.min(1, 1 / Math.sqrt(norm));
    for (int j = 0; j < vector.length; j++) {
      assertEquals(vector[j] * shrink, q[j] * clip.cellWidth(), 1.001 * clip.cellWidth());
    }
  }

  @Property(tries = 1000)
  void vectorsTogetherGiveTheCellsOfEachAlone(
      @ForAll("hostileVectors") double[] first,
      @ForAll("moderateVectors") double[] second,
      @ForAll("clipNorms") double clipNorm) {
    L2Clip clip = new L2Clip(clipNorm);
    int dimension = Math.min(first.length, second.length);
    List<double[]> vectors = new ArrayList<>();
    long[] expected = new long[dimension];
    for (int i = 0; i < 70; i++) {
      double[] vector = Arrays.copyOf(i % 3 == 0 ? first : second, dimension);
      vector[0] /= i + 1;
      vectors.add(vector);
      long[] alone = lattice(clip, vector);
      Arrays.setAll(expected, j -> expected[j] + alone[j]);
    }
    assertArrayEquals(expected, lattice(clip, vectors));
  }

  @Test
  void anEntryFarBeyondTheBallDropsTheVector() {
    // The smallest norms make the scale infinite, so an entry's cell number saturates.
    assertArrayEquals(new long[] {0, 0}, lattice(new L2Clip(1e-300), new double[] {1e-301, 0}));
  }

  @Provide
  Arbitrary<double[]> hostileVectors() {
    return Arbitraries.oneOf(
            Arbitraries.of(
                Double.NaN,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY,
                1e300,
                -1e300,
                Double.MAX_VALUE,
                Double.MIN_VALUE,
                -Double.MIN_VALUE,
                Double.MIN_NORMAL,
                0x0.8p-1022,
                -0.0,
                1.0,
                Math.nextUp(1.0)),
            Arbitraries.doubles())
        .array(double[].class)
        .ofMinSize(1)
        .ofMaxSize(40);
  }

  @Provide
  Arbitrary<double[]> moderateVectors() {
    return Arbitraries.doubles().between(-3, 3).array(double[].class).ofMinSize(1).ofMaxSize(40);
  }

  @Provide
  Arbitrary<Double> clipNorms() {
    return Arbitraries.of(1e-300, 1e-12, 0.1, 1.0, 3.7, 1e12, 1e300);
  }

  @Test
  void aVectorOnTheSphereKeepsItsFullLength() {
    assertArrayEquals(new long[] {0, -(1L << 30)}, lattice(new L2Clip(5), new double[] {0, -5}));
  }

  @Test
  void truncationIsTowardZero() {
    L2Clip clip = new L2Clip(256, 8);
    assertArrayEquals(new long[] {1, -1}, lattice(clip, new double[] {1.99, -1.99}));
  }

  @Test
  void finiteVectorsWhoseSquaresOverflowAreClippedNotDropped() {
    assertArrayEquals(new long[] {1L << 30, 0}, lattice(new L2Clip(1), new double[] {1e200, 0}));
  }

  @Test
  void oneEntryThatIsNotFiniteDropsTheVector() {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertArrayEquals(new long[] {0, 0}, lattice(new L2Clip(1), new double[] {0.5, bad}));
    }
  }

  @Test
  void sensitivityComesFromTheClipAndTheRelation() {
    L2Clip clip = new L2Clip(3, 20);
    assertEquals(1L << 20, clip.sensitivityCells(NeighboringRelation.ADD_OR_REMOVE_ONE));
    assertEquals(2L << 20, clip.sensitivityCells(NeighboringRelation.REPLACE_ONE));
  }

  @Test
  void refusesNormsThatAreNotPositiveAndFinite() {
    for (double norm : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new L2Clip(norm));
    }
    assertThrows(IllegalArgumentException.class, () -> new L2Clip(1, 31));
  }

  private static BigInteger squaredNorm(long[] q) {
    BigInteger squared = BigInteger.ZERO;
    for (long v : q) {
      squared = squared.add(BigInteger.valueOf(v).pow(2));
    }
    return squared;
  }
}
