package org.quietune.release;

import java.util.Objects;

/**
 * A released sum: safe to publish, to store and to compute with at will (post-processing).
 *
 * @param plan under which it was released
 * @param cells the noisy sum in lattice cells, one entry per coordinate
 * @param receipt the ledger's word for the spend
 * @param noiseSource where the noise came from
 * @param secure false when the noise was seeded: then there is no DP claim
 */
public record NoisySum(
    SumPlan plan, long[] cells, Ledger.Receipt receipt, String noiseSource, boolean secure) {

  public NoisySum {
    Objects.requireNonNull(receipt);
    Objects.requireNonNull(noiseSource);
    if (cells.length != plan.dimension()) {
      throw new IllegalArgumentException(
          "cells must have " + plan.dimension() + " entries: " + cells.length);
    }
  }

  /** The noisy sum in the units of the vectors. */
  public double[] vector() {
    double width = plan.clip().cellWidth();
    double[] vector = new double[cells.length];
    for (int j = 0; j < vector.length; j++) {
      vector[j] = cells[j] * width;
    }
    return vector;
  }
}
