package org.quietune.accounting;

/**
 * Two laws P and Q that are as easy to tell apart as the outputs of a release on any two neighbors,
 * or easier, seen through the privacy loss L = log dP/dQ.
 *
 * <p>Definition: P, Q dominate a release in one direction if for all real x and all neighbors D, D′
 * of that direction, sup_S M(D)(S) − e^x M(D′)(S) ≤ sup_S P(S) − e^x Q(S). Products of dominating
 * pairs dominate adaptive compositions.
 *
 * <p>Source: Y. Zhu, J. Dong, Y.-X. Wang, "Optimal accounting of differential privacy via
 * characteristic function", AISTATS 2022, Definition 7 and Theorem 10.
 */
interface DominatingPair {

  /**
   * The masses of the losses in (low, high].
   *
   * <p>Numerics: as exact as {@link NormalLaw}, for ends that are off by at most {@link #placement}
   * times 2^−50 plus the same multiple of the ends.
   *
   * @param low may be −∞
   * @param high at least low; at ∞, infinite losses are included
   */
  LogMasses between(double low, double high);

  /** The size of the terms that a loss is computed from. */
  double placement();

  /** Whether the pair (Q, P) has the same losses, so that both directions are one. */
  boolean isSymmetric();

  /**
   * Logs of the masses under both laws.
   *
   * @param p log of P(low &lt; L ≤ high)
   * @param q log of Q(low &lt; L ≤ high)
   */
  record LogMasses(double p, double q) {}

  /** The pair (Q, P), whose loss is −L. Only for laws without atoms. */
  default DominatingPair reversed() {
    DominatingPair forward = this;
    return new DominatingPair() {
      @Override
      public LogMasses between(double low, double high) {
        LogMasses masses = forward.between(-high, -low);
        return new LogMasses(masses.q(), masses.p());
      }

      @Override
      public double placement() {
        return forward.placement();
      }

      @Override
      public boolean isSymmetric() {
        return forward.isSymmetric();
      }
    };
  }
}
