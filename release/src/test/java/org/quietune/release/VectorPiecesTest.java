package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Vectors that come piece by piece, against whole ones; and pieces that break their contract. */
class VectorPiecesTest {
  private static final int DIMENSION = 2500;
  private static final L2Clip CLIP = new L2Clip(1.5);

  /** Records that are their own vectors, in pieces that begin where the caller says. */
  private static class Pieces implements VectorPieces<double[]> {
    private final int[] starts;
    private List<double[]> records = List.of();

    Pieces(int... starts) {
      this.starts = starts;
    }

    @Override
    public int blockSize() {
      return 40;
    }

    @Override
    public int count() {
      return starts.length - 1;
    }

    @Override
    public int start(int piece) {
      return starts[piece];
    }

    @Override
    public void prepare(List<double[]> given) {
      records = List.copyOf(given);
    }

    @Override
    public void write(int piece, int record, double[] out) {
      System.arraycopy(records.get(record), start(piece), out, 0, length(piece));
    }
  }

  private static VectorMap<double[]> inPieces(int dimension, VectorPieces<double[]> pieces) {
    return new VectorMap<>() {
      @Override
      public int dimension() {
        return dimension;
      }

      @Override
      public void map(List<double[]> records, double[] out) {
        throw new AssertionError("the door asked for whole vectors");
      }

      @Override
      public VectorPieces<double[]> pieces() {
        return pieces;
      }
    };
  }

  private static long[] sum(VectorMap<double[]> map, List<List<double[]>> units) {
    return new UnitSummation<>(CLIP, map, 1).sum(ListSource.sealed(units), () -> true);
  }

  /** Units of one and of several records, short and long, some with entries that break sums. */
  private static List<List<double[]>> units(int dimension) {
    SplittableRandom random = new SplittableRandom(5);
    double[] special = {Double.NaN, Double.NEGATIVE_INFINITY, 1e300, -1e300, 1e-300, 0};
    List<List<double[]>> units = new ArrayList<>();
    for (int u = 0; u < 90; u++) {
      List<double[]> unit = new ArrayList<>();
      // One unit is longer than a block.
      int records = u == 50 ? 130 : u % 5 == 0 ? 4 : 1;
      for (int r = 0; r < records; r++) {
        double size = u % 3 == 0 ? 1e-3 : 1;
        double[] record = random.doubles(dimension, -size, size).toArray();
        if (u % 7 == 0 && r == 0) {
          record[random.nextInt(dimension)] = special[u / 7 % special.length];
        }
        unit.add(record);
      }
      units.add(unit);
    }
    return units;
  }

  @Test
  void theSamePiecesGiveTheBitsOfWholeVectors() {
    List<List<double[]>> units = units(DIMENSION);
    long[] expected = sum(new VectorRecords(DIMENSION), units);
    long[] sum = sum(inPieces(DIMENSION, new Pieces(0, 1024, 2048, DIMENSION)), units);
    assertArrayEquals(expected, sum);
    assertTrue(Arrays.stream(sum).filter(cells -> cells != 0).count() > DIMENSION / 2);
  }

  /** Other pieces add norms up in another order: a scale's last place, at most a cell each. */
  @Test
  void otherPiecesMoveAUnitByACellAtMost() {
    for (List<double[]> unit : units(DIMENSION)) {
      long[] expected = sum(new VectorRecords(DIMENSION), List.of(unit));
      long[] sum =
          sum(inPieces(DIMENSION, new Pieces(0, 1, 9, 700, 701, 1650, DIMENSION)), List.of(unit));
      for (int j = 0; j < DIMENSION; j++) {
        assertTrue(Math.abs(expected[j] - sum[j]) <= 1);
      }
    }
  }

  @Test
  void oneUnitMoreMovesTheSumByItsOwnCells() {
    List<List<double[]>> units = units(DIMENSION);
    VectorMap<double[]> map = inPieces(DIMENSION, new Pieces(0, 700, 1650, DIMENSION));
    long[] with = sum(map, units);
    for (int u : new int[] {0, 1, 14, 49, 50, 51, 89}) {
      List<List<double[]>> others = new ArrayList<>(units);
      List<double[]> unit = others.remove(u);
      long[] without = sum(map, others);
      long[] alone = sum(map, List.of(unit));
      for (int j = 0; j < DIMENSION; j++) {
        assertEquals(alone[j], with[j] - without[j]);
      }
    }
  }

  /**
   * Pieces that are small when the norm is taken and large when the sum is: what is added is
   * checked itself, so nothing leaves the ball. Without that check a unit would add 100 times what
   * it may.
   */
  @Test
  void piecesThatChangeBetweenThePassesLeaveNoBall() {
    for (int largeFrom : new int[] {1, 2, 3, 4}) {
      Pieces changing =
          new Pieces(0, 2, 4) {
            private int asked;

            @Override
            public void write(int piece, int record, double[] out) {
              super.write(piece, record, out);
              // Two pieces a pass and a unit of one record.
              if (asked++ / 2 >= largeFrom) {
                out[0] *= 100;
              }
            }
          };
      long[] honest = sum(inPieces(4, new Pieces(0, 2, 4)), List.of(List.of(vector())));
      assertFalse(isInside(new long[] {100 * honest[0], honest[1], 100 * honest[2], honest[3]}));
      assertTrue(isInside(sum(inPieces(4, changing), List.of(List.of(vector())))));
    }
  }

  /** Beside a unit whose pieces change, the others add what they add alone. */
  @Test
  void aUnitThatIsLeftOutLeavesTheOthers() {
    Pieces changing =
        new Pieces(0, 2, 4) {
          private int asked;

          @Override
          public void write(int piece, int record, double[] out) {
            super.write(piece, record, out);
            if (record == 1 && asked++ >= 2) {
              out[0] = 1e9;
            }
          }
        };
    List<List<double[]>> units = List.of(List.of(vector()), List.of(vector()), List.of(vector()));
    long[] alone = sum(inPieces(4, new Pieces(0, 2, 4)), units.subList(0, 1));
    long[] sum = sum(inPieces(4, changing), units);
    for (int j = 0; j < 4; j++) {
      assertEquals(2 * alone[j], sum[j]);
    }
  }

  private static double[] vector() {
    return new double[] {0.9, -0.1, 0.8, 0.2};
  }

  private static boolean isInside(long[] q) {
    BigInteger squared = BigInteger.ZERO;
    for (long cells : q) {
      squared = squared.add(BigInteger.valueOf(cells).pow(2));
    }
    return squared.compareTo(BigInteger.valueOf(CLIP.cells()).pow(2)) <= 0;
  }

  /**
   * The bound on rounded sums never lets through what is outside: integer vectors about the sphere,
   * one of whose entries is fitted to it, their squares added up in doubles.
   */
  @Property(tries = 2000)
  void theRoundedCheckLetsNothingThrough(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 3000) int size) {
    SplittableRandom random = new SplittableRandom(seed);
    long cells = CLIP.cells();
    long[] q = new long[size];
    double left = (double) cells * cells;
    for (int j = 1; j < size; j++) {
      q[j] = random.nextLong((long) Math.sqrt(left / size) + 1);
      left -= (double) q[j] * q[j];
    }
    q[0] = (long) Math.sqrt(Math.max(0, left)) + random.nextInt(-2, 3);
    double computed = 0;
    for (long cell : q) {
      computed += (double) cell * cell;
    }
    if (computed <= CLIP.surelyInside(size + 1L)) {
      assertTrue(isInside(q));
    } else if (isInside(q)) {
      // What it does not decide is close to the sphere.
      assertTrue(computed > (1 - 1e-11) * cells * cells);
    }
  }

  @Test
  void refusesPiecesThatAreNoPartition() {
    for (Pieces wrong :
        List.of(
            new Pieces(0, 1024, 2049, DIMENSION),
            new Pieces(0, 1025, DIMENSION),
            new Pieces(0, 1024, 1024, 2048, DIMENSION),
            new Pieces(1, 1024, 2048, DIMENSION),
            new Pieces(0, 1024, 2048, DIMENSION - 1))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new UnitSummation<>(CLIP, inPieces(DIMENSION, wrong), 1));
    }
  }
}
