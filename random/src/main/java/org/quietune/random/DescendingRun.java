package org.quietune.random;

/**
 * A run of uniform deviates, each below the one before: the device of von Neumann and Forsythe that
 * turns comparisons into exponentials.
 *
 * <p>Definition: from a start c in [0, 1], draw u₁, u₂, … while c &gt; u₁ &gt; u₂ &gt; …; the first
 * that is not below its predecessor ends the run and is not counted.
 *
 * <p>Guarantee: if the bits are fair and independent, the run has at least n members with
 * probability cⁿ/n!, so an even number with probability Σ(−c)ⁿ/n! = exp(−c).
 *
 * <p>Keeps the last member only, in space that is reused; for one thread.
 *
 * <p>Source: J. von Neumann, "Various techniques used in connection with random digits", NBS
 * Applied Mathematics Series 12, 1951; G. E. Forsythe, Mathematics of Computation 26, 1972. Proof:
 * {@code DescendingRun.proof.md}.
 */
final class DescendingRun {

  private LazyUniform last = new LazyUniform();
  private LazyUniform candidate = new LazyUniform();

  /** Whether the run from 1 has an even number of members: probability exp(−1). */
  boolean isEvenFromOne(BitSource bits) {
    last.renew();
    return !remainderIsEven(bits);
  }

  /** Whether the run from 1/2 has an even number of members: probability exp(−1/2). */
  boolean isEvenFromHalf(BitSource bits) {
    last.renew();
    return !last.isLessThanHalf(bits) || !remainderIsEven(bits);
  }

  /** Whether the run from a fraction c has an even number of members: probability exp(−c). */
  boolean isEvenFrom(ProperFraction c, BitSource bits) {
    last.renew();
    return !c.exceeds(last, bits) || !remainderIsEven(bits);
  }

  /** Whether the run from a deviate x has an even number of members: probability exp(−x). */
  boolean isEvenFrom(LazyUniform x, BitSource bits) {
    return !continuesFrom(x, bits) || !remainderIsEven(bits);
  }

  /** Whether an even number of members follow the last one. */
  private boolean remainderIsEven(BitSource bits) {
    boolean even = true;
    while (continues(bits)) {
      even = !even;
    }
    return even;
  }

  /** Draws a deviate; if it is below {@code x} it becomes the first member. */
  boolean continuesFrom(LazyUniform x, BitSource bits) {
    candidate.renew();
    boolean below = candidate.isLessThan(x, bits);
    if (below) {
      LazyUniform freed = last;
      last = candidate;
      candidate = freed;
    }
    return below;
  }

  /** Draws a deviate; if it is below the last member it becomes the last member. */
  boolean continues(BitSource bits) {
    return continuesFrom(last, bits);
  }

  /** Whether a deviate of its own, no member of the run, is below {@code x}: probability x. */
  boolean trial(LazyUniform x, BitSource bits) {
    candidate.renew();
    return candidate.isLessThan(x, bits);
  }
}
