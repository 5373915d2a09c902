package org.quietune.release;

/**
 * The exact comparison of an integer vector with a ball of 2^bits cells, bits at most 30, for
 * entries within 32 bits, given one after the other.
 *
 * <p>A square is at most 2^62, so their 64-bit sum may wrap around. The sum of their upper halves,
 * at most 2^30 each, does not; and while it is no more than the ball's, the sum of squares is below
 * (2^28 + 2^31)·2^32 &lt; 2^64. Then it is exact as an unsigned number, and a negative one is
 * outside of any ball. ({@code L2Clip.proof.md})
 */
final class ExactNorm {
  private long squared;
  private long upper;

  void add(int cells) {
    long square = (long) cells * cells;
    squared += square;
    upper += square >>> Integer.SIZE;
  }

  boolean isAtMost(long radius) {
    long budget = radius * radius;
    return upper <= budget >>> Integer.SIZE && squared >= 0 && squared <= budget;
  }
}
