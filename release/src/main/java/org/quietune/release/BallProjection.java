package org.quietune.release;

import java.math.BigInteger;

/**
 * The projection of an integer vector onto a ball around zero, truncated toward zero onto the
 * lattice, in exact arithmetic.
 *
 * <p>Definition: coordinate j becomes {@code sign(x_j)·⌊r|x_j|/max(r, ‖x‖)⌋}. Since that floor is
 * {@code ⌊√⌊r²x_j²/max(r², ‖x‖²)⌋⌋}, integers suffice. A vector inside the ball stays as it is, and
 * the result is always inside.
 *
 * <p>Sensitivity: the projection onto a convex set is 1-Lipschitz, and truncating two numbers
 * toward zero widens their distance by less than 1; so vectors at distance Δ go to vectors at
 * distance at most Δ + √k, k coordinates ({@link #truncationSlack}).
 *
 * <p>The same operations are carried out for every vector, inside the ball or not. Proof: {@code
 * BallProjection.proof.md} beside this file.
 *
 * @param radius r, positive
 */
record BallProjection(long radius) {

  /** {@code ⌈√dimension⌉}. */
  static long truncationSlack(int dimension) {
    BigInteger[] root = BigInteger.valueOf(dimension).sqrtAndRemainder();
    return root[0].longValueExact() + root[1].signum();
  }

  long[] project(long[] vector) {
    BigInteger squaredRadius = BigInteger.valueOf(radius).pow(2);
    BigInteger squaredNorm = BigInteger.ZERO;
    for (long v : vector) {
      squaredNorm = squaredNorm.add(BigInteger.valueOf(v).pow(2));
    }
    BigInteger divisor = squaredNorm.max(squaredRadius);
    long[] projected = new long[vector.length];
    for (int j = 0; j < vector.length; j++) {
      long magnitude =
          BigInteger.valueOf(vector[j])
              .pow(2)
              .multiply(squaredRadius)
              .divide(divisor)
              .sqrt()
              .longValueExact();
      projected[j] = Long.signum(vector[j]) * magnitude;
    }
    return projected;
  }
}
