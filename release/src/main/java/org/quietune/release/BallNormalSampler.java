package org.quietune.release;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.quietune.random.BitSource;
import org.quietune.random.RoundedNormal;

/**
 * Samples {@link BallNormalNoise} exactly, by rejection from rounded normals.
 *
 * <p>Guarantee: if the bits are fair and independent, the result has exactly the law of {@code
 * round(S̃ + σX)} conditioned on {@code ‖round(S̃ + σX)‖² ≤ ρ²}: proposals are exact (Karney's
 * algorithm), the norm is checked in 128-bit integers, and the first proposal that passes is taken.
 *
 * <p>Time: {@value #CANDIDATES} proposals are drawn before the first private record is read, and
 * all of them are tried in the same number of operations, whichever passes. Each passes with
 * probability at least ¼, so that none does with probability below (¾)³⁰⁹ &lt; 2⁻¹²⁸; then more are
 * drawn from the same source, which keeps the law exact: there is no other outcome and no δ.
 *
 * <p>Proof: {@code BallNormalSampler.proof.md} beside this file.
 */
final class BallNormalSampler implements NoiseSampler {
  static final int CANDIDATES = 309;

  /** 128 MiB of proposals. */
  private static final int MOST_NUMBERS = 1 << 24;

  /** Leaves room for sums of a center and a proposal, and for their squares in 128 bits. */
  private static final long LARGEST_RADIUS = 1L << 59;

  /** Proposals beyond this are outside every such ball, whatever the center. */
  private static final long PROPOSAL_LIMIT = 1L << 61;

  private final int dimension;
  private final RoundedNormal law;
  private final BallProjection projection;
  private final long squaredRadiusHigh;
  private final long squaredRadiusLow;

  private BallNormalSampler(int dimension, RoundedNormal law, long centerRadius, long radius) {
    this.dimension = dimension;
    this.law = law;
    this.projection = new BallProjection(centerRadius);
    this.squaredRadiusHigh = Math.multiplyHigh(radius, radius);
    this.squaredRadiusLow = radius * radius;
  }

  /**
   * The sampler of a law.
   *
   * @throws IllegalArgumentException where exact sampling is not feasible; says what to change
   */
  static BallNormalSampler of(BallNormalNoise noise, L2Clip clip, int dimension) {
    return of(
        dimension,
        noise.multiplier() * clip.cells(),
        noise.centerRadiusCells(clip),
        noise.radiusCells(clip));
  }

  /** The same with all lengths in cells. */
  static BallNormalSampler of(int dimension, double stddev, long centerRadius, long radius) {
    require(
        dimension <= MOST_NUMBERS / CANDIDATES,
        "pure DP on "
            + dimension
            + " directions would hold too many proposals in memory: take at most "
            + MOST_NUMBERS / CANDIDATES
            + " directions");
    require(
        centerRadius >= 1,
        "the center radius is less than one cell of the lattice: take a larger centerRadius, or"
            + " more clip bits");
    require(
        radius <= LARGEST_RADIUS,
        "the ball is larger than the lattice (radius beyond 2^59 cells): take fewer clip bits,"
            + " fewer directions, a larger epsilon or a smaller centerRadius");
    require(
        isProposalAcceptedOften(dimension, new BigDecimal(stddev), centerRadius, radius),
        "the ball is so small that exact sampling might not end: take a radius of at least"
            + " √(centerRadius² + dimension·multiplier²), or fewer directions");
    return new BallNormalSampler(dimension, RoundedNormal.of(stddev), centerRadius, radius);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  /** {@code ρ − h/2 ≥ √(s² + kσ²)}, exactly: then at least one proposal in four passes. */
  private static boolean isProposalAcceptedOften(
      int dimension, BigDecimal stddev, long centerRadius, long radius) {
    BigInteger inner = BigInteger.valueOf(2 * radius - BallProjection.truncationSlack(dimension));
    BigDecimal variance = stddev.pow(2);
    BigDecimal squaredReach =
        variance
            .multiply(BigDecimal.valueOf(dimension))
            .add(new BigDecimal(BigInteger.valueOf(centerRadius).pow(2)));
    return inner.signum() > 0
        && new BigDecimal(inner.pow(2)).compareTo(squaredReach.multiply(BigDecimal.valueOf(4)))
            >= 0;
  }

  @Override
  public Perturbation draw(BitSource bits) {
    return draw(bits, CANDIDATES);
  }

  /** The same law, whatever the number of proposals that are drawn ahead. */
  Perturbation draw(BitSource bits, int ahead) {
    long[][] proposals = new long[ahead][dimension];
    for (long[] proposal : proposals) {
      law.fill(proposal, bits);
    }
    return sum -> {
      long[] center = projection.project(sum);
      int first = -1;
      for (int i = ahead - 1; i >= 0; i--) {
        first = isInside(center, proposals[i]) ? i : first;
      }
      if (first >= 0) {
        return moved(center, proposals[first]);
      }
      long[] proposal = new long[dimension];
      do {
        law.fill(proposal, bits);
      } while (!isInside(center, proposal));
      return moved(center, proposal);
    };
  }

  /** Whether {@code ‖center + proposal‖² ≤ ρ²}; looks at every coordinate, whatever it finds. */
  boolean isInside(long[] center, long[] proposal) {
    long high = 0;
    long low = 0;
    // Negative as soon as a partial sum passes ρ². Until then sums stay below 2^124; what they do
    // afterward does not matter.
    long signs = 0;
    for (int j = 0; j < dimension; j++) {
      long y = center[j] + limited(proposal[j]);
      long square = y * y;
      long sum = low + square;
      high += Math.multiplyHigh(y, y) + carry(low, square, sum);
      low = sum;
      long rest = squaredRadiusLow - low;
      signs |= squaredRadiusHigh - high - carry(rest, low, squaredRadiusLow);
    }
    return signs >= 0;
  }

  private static long limited(long proposal) {
    return Math.max(-PROPOSAL_LIMIT, Math.min(PROPOSAL_LIMIT, proposal));
  }

  /** The carry, 0 or 1, of the unsigned addition {@code a + b = sum}. */
  private static long carry(long a, long b, long sum) {
    return ((a & b) | ((a | b) & ~sum)) >>> 63;
  }

  /** Center and proposal together, in the proposal's place. */
  private static long[] moved(long[] center, long[] proposal) {
    for (int j = 0; j < proposal.length; j++) {
      proposal[j] += center[j];
    }
    return proposal;
  }
}
