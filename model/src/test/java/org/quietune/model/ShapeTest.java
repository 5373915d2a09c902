package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Where the entries of each record lie after axes are turned, split and merged. */
class ShapeTest {
  private static final int RECORDS = 3;

  /**
   * Chains of Transpose and Reshape on a batch of three records whose entries are followed one by
   * one: the shape says of each entry what record it belongs to and which of that record's entries
   * it is, and refuses exactly where no such shape exists.
   */
  @Property(tries = 500)
  void entriesAreFollowedThroughTransposeAndReshape(@ForAll long seed) {
    SplitMix64 random = new SplitMix64(seed);
    Shape shape = new Shape(new int[] {1, 2, 3, 4}, 0);
    // An entry of the batch is its record and its place in that record.
    int size = shape.size();
    int[] batch = IntStream.range(0, size * RECORDS).toArray();
    int[] record = IntStream.range(0, size).toArray();
    for (int step = 0; step < 6; step++) {
      if (below(2, random) == 0) {
        int[] order = random.permutation(shape.rank());
        batch = permuted(batch, batchDims(shape), order);
        record = permuted(record, shape.dims(), order);
        shape = turned(shape, order);
      } else {
        Shape wanted = split(shape.size(), random);
        try {
          shape = wanted.ofEntriesOf(shape);
        } catch (IllegalArgumentException e) {
          int[] held = Arrays.stream(batch).map(entry -> entry / size).toArray();
          int extent = wanted.dim(wanted.batchAxis());
          boolean possible =
              IntStream.rangeClosed(1, extent)
                  .filter(around -> extent % around == 0)
                  .mapToObj(around -> new Shape(wanted.dims(), wanted.batchAxis(), around))
                  .anyMatch(one -> Arrays.equals(owners(one), held));
          assertFalse(possible, shape + " to " + wanted);
          continue;
        }
      }
      int[] owners = Arrays.stream(batch).map(entry -> entry / size).toArray();
      assertArrayEquals(owners(shape), owners, shape.toString());
      for (int n = 0; n < RECORDS; n++) {
        int owner = n;
        int[] own = Arrays.stream(batch).filter(entry -> entry / size == owner).toArray();
        assertArrayEquals(record, Arrays.stream(own).map(entry -> entry % size).toArray());
      }
    }
  }

  @Test
  void recordsMayLieAtSeveralPlaces() {
    Shape positions = new Shape(new int[] {5, 1, 8}, 1);
    Shape rows = new Shape(new int[] {5, 8}, 0).ofEntriesOf(positions);
    assertEquals("[5·N, 8]", rows.toString());
    assertEquals(5, rows.around());
    assertEquals(positions, new Shape(new int[] {5, 1, 8}, 1).ofEntriesOf(rows));
    assertEquals("[5·2N, 4]", new Shape(new int[] {10, 4}, 0).ofEntriesOf(rows).toString());
    assertEquals(rows, Shape.broadcast(List.of(rows, Shape.fixed(8))));
    Shape oneAfterTheOther = new Shape(new int[] {5, 8}, 0);
    assertThrows(
        IllegalArgumentException.class, () -> Shape.broadcast(List.of(rows, oneAfterTheOther)));
    String refusal =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Shape(new int[] {8, 5}, 1).ofEntriesOf(rows))
                .getMessage());
    assertTrue(refusal.contains("mix records"), refusal);
  }

  /** The extents for all records. */
  private static int[] batchDims(Shape shape) {
    int[] dims = shape.dims();
    dims[shape.batchAxis()] *= RECORDS;
    return dims;
  }

  /** The record of each entry of a batch, by the rule that {@link Shape} documents. */
  private static int[] owners(Shape shape) {
    int within = shape.dim(shape.batchAxis()) / shape.around();
    int inner = shape.product(shape.batchAxis() + 1, shape.rank());
    int[] owners = new int[shape.size() * RECORDS];
    for (int i = 0; i < owners.length; i++) {
      owners[i] = i / inner / within % RECORDS;
    }
    return owners;
  }

  private static Shape turned(Shape shape, int[] order) {
    ProgramBuilder builder = new ProgramBuilder();
    return builder.transpose(builder.input("x", Value.Type.FLOAT, shape), order).shape();
  }

  private static int[] permuted(int[] entries, int[] dims, int[] order) {
    int[] strides = Shape.fixed(dims).strides();
    int[] turned = Arrays.stream(order).map(axis -> dims[axis]).toArray();
    int[] index = new int[dims.length];
    int[] result = new int[entries.length];
    for (int i = 0; i < result.length; i++) {
      int at = 0;
      for (int axis = 0; axis < index.length; axis++) {
        at += index[axis] * strides[order[axis]];
      }
      result[i] = entries[at];
      Windows.increment(index, turned);
    }
    return result;
  }

  /** Extents whose product is a size, with one axis that counts records. */
  private static Shape split(int size, SplitMix64 random) {
    int[] dims = new int[2 + below(3, random)];
    int left = size;
    for (int axis = 0; axis < dims.length - 1; axis++) {
      int rest = left;
      int[] divisors = IntStream.rangeClosed(1, left).filter(d -> rest % d == 0).toArray();
      dims[axis] = divisors[below(divisors.length, random)];
      left /= dims[axis];
    }
    dims[dims.length - 1] = left;
    return new Shape(dims, below(dims.length, random));
  }

  private static int below(int bound, SplitMix64 random) {
    return (int) Long.remainderUnsigned(random.nextLong(), bound);
  }
}
