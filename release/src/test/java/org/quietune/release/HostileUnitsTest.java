package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * Units of hostile records through the whole summation: no unit moves the sum by more than the
 * radius, whatever stands beside it, and neither order nor threads change a bit.
 */
class HostileUnitsTest {
  private static final int DIMENSION = 3;
  private static final L2Clip CLIP = new L2Clip(0.7, 20);

  private static long[] sum(List<List<double[]>> units, int threads) {
    return new UnitSummation<>(CLIP, new VectorRecords(DIMENSION), threads)
        .sum(ListSource.sealed(units), () -> true);
  }

  @Property(tries = 1000)
  void oneUnitMovesTheSumByItsOwnVectorWithinTheBall(
      @ForAll("units") List<List<double[]>> units,
      @ForAll("unit") List<double[]> unit,
      @ForAll @IntRange(min = 0, max = 5) int place) {
    List<List<double[]>> more = new ArrayList<>(units);
    more.add(Math.min(place, units.size()), unit);
    long[] with = sum(more, 1);
    long[] without = sum(units, 1);
    long[] alone = sum(List.of(unit), 1);
    BigInteger squared = BigInteger.ZERO;
    for (int j = 0; j < DIMENSION; j++) {
      squared = squared.add(BigInteger.valueOf(with[j] - without[j]).pow(2));
      with[j] -= without[j];
    }
    assertArrayEquals(alone, with);
    assertTrue(squared.compareTo(BigInteger.valueOf(CLIP.cells()).pow(2)) <= 0);
  }

  @Property(tries = 300)
  void orderAndThreadsChangeNoBit(
      @ForAll("units") List<List<double[]>> units,
      @ForAll @IntRange(min = 1, max = 4) int threads,
      @ForAll long seed) {
    long[] expected = sum(units, 1);
    Random random = new Random(seed);
    List<List<double[]>> shuffled = new ArrayList<>();
    for (List<double[]> unit : units) {
      List<double[]> records = new ArrayList<>(unit);
      Collections.shuffle(records, random);
      shuffled.add(records);
    }
    Collections.shuffle(shuffled, random);
    assertArrayEquals(expected, sum(shuffled, threads));
  }

  @Provide
  Arbitrary<List<List<double[]>>> units() {
    return unit().list().ofMaxSize(5);
  }

  @Provide
  Arbitrary<List<double[]>> unit() {
    return Arbitraries.oneOf(
            Arbitraries.of(
                Double.NaN,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY,
                1e300,
                -1e300,
                Double.MAX_VALUE,
                Double.MIN_VALUE,
                0.7,
                Math.nextUp(0.7)),
            Arbitraries.doubles().between(-2, 2),
            Arbitraries.doubles())
        .array(double[].class)
        .ofSize(DIMENSION)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4);
  }
}
